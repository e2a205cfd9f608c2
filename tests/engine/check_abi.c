/* Compiled, never run: does src/engine/pjrt/abi.h say what a plug-in's own header says? */
#include "engine/pjrt/abi.h"
#include "pjrt_c_api.h"

#define SAME(ours, member, theirs, name)                                                                                     \
    _Static_assert(offsetof(ours, member) == offsetof(theirs, name), #ours "." #member " is not where " #name " is");        \
    _Static_assert(sizeof(((ours *)0)->member) == sizeof(((theirs *)0)->name), #ours "." #member " has another size than " #name)
#define LONG_ENOUGH(ours, theirs) _Static_assert(sizeof(ours) >= sizeof(theirs), #ours " is shorter than " #theirs)
#define PLACE(place, name)                                                                                                   \
    _Static_assert(offsetof(abi_api, function) + sizeof(abi_function) * (place) == offsetof(PJRT_Api, name), #name " stands elsewhere")
#define OBJECT(theirs, name)                                                                                                 \
    SAME(abi_object, object, theirs, name);                                                                                  \
    LONG_ENOUGH(abi_object, theirs)

SAME(abi_head, size, PJRT_Extension_Base, struct_size);
SAME(abi_api, major, PJRT_Api, pjrt_api_version.major_version);
SAME(abi_api, minor, PJRT_Api, pjrt_api_version.minor_version);

PLACE(ABI_ERROR_DESTROY, PJRT_Error_Destroy);
PLACE(ABI_ERROR_MESSAGE, PJRT_Error_Message);
PLACE(ABI_ERROR_GETCODE, PJRT_Error_GetCode);
PLACE(ABI_PLUGIN_INITIALIZE, PJRT_Plugin_Initialize);
PLACE(ABI_EVENT_DESTROY, PJRT_Event_Destroy);
PLACE(ABI_EVENT_AWAIT, PJRT_Event_Await);
PLACE(ABI_CLIENT_CREATE, PJRT_Client_Create);
PLACE(ABI_CLIENT_DESTROY, PJRT_Client_Destroy);
PLACE(ABI_CLIENT_PLATFORMNAME, PJRT_Client_PlatformName);
PLACE(ABI_CLIENT_PLATFORMVERSION, PJRT_Client_PlatformVersion);
PLACE(ABI_CLIENT_ADDRESSABLEDEVICES, PJRT_Client_AddressableDevices);
PLACE(ABI_CLIENT_COMPILE, PJRT_Client_Compile);
PLACE(ABI_CLIENT_BUFFERFROMHOSTBUFFER, PJRT_Client_BufferFromHostBuffer);
PLACE(ABI_DEVICEDESCRIPTION_ID, PJRT_DeviceDescription_Id);
PLACE(ABI_DEVICEDESCRIPTION_KIND, PJRT_DeviceDescription_Kind);
PLACE(ABI_DEVICE_GETDESCRIPTION, PJRT_Device_GetDescription);
PLACE(ABI_EXECUTABLE_DESTROY, PJRT_Executable_Destroy);
PLACE(ABI_LOADEDEXECUTABLE_DESTROY, PJRT_LoadedExecutable_Destroy);
PLACE(ABI_LOADEDEXECUTABLE_GETEXECUTABLE, PJRT_LoadedExecutable_GetExecutable);
PLACE(ABI_LOADEDEXECUTABLE_EXECUTE, PJRT_LoadedExecutable_Execute);
PLACE(ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS, PJRT_Executable_GetCompiledMemoryStats);
PLACE(ABI_EXECUTABLE_SERIALIZE, PJRT_Executable_Serialize);
PLACE(ABI_EXECUTABLE_DESERIALIZEANDLOAD, PJRT_Executable_DeserializeAndLoad);
PLACE(ABI_BUFFER_DESTROY, PJRT_Buffer_Destroy);
PLACE(ABI_BUFFER_TOHOSTBUFFER, PJRT_Buffer_ToHostBuffer);

OBJECT(PJRT_Error_Destroy_Args, error);
OBJECT(PJRT_Event_Destroy_Args, event);
OBJECT(PJRT_Event_Await_Args, event);
OBJECT(PJRT_Client_Destroy_Args, client);
OBJECT(PJRT_Executable_Destroy_Args, executable);
OBJECT(PJRT_LoadedExecutable_Destroy_Args, executable);
OBJECT(PJRT_Buffer_Destroy_Args, buffer);
LONG_ENOUGH(abi_nothing, PJRT_Plugin_Initialize_Args);

SAME(abi_text, object, PJRT_Error_Message_Args, error);
SAME(abi_text, text, PJRT_Error_Message_Args, message);
SAME(abi_text, length, PJRT_Error_Message_Args, message_size);
SAME(abi_text, text, PJRT_Client_PlatformName_Args, platform_name);
SAME(abi_text, length, PJRT_Client_PlatformName_Args, platform_name_size);
SAME(abi_text, text, PJRT_Client_PlatformVersion_Args, platform_version);
SAME(abi_text, length, PJRT_Client_PlatformVersion_Args, platform_version_size);
SAME(abi_text, text, PJRT_DeviceDescription_Kind_Args, device_kind);
SAME(abi_text, length, PJRT_DeviceDescription_Kind_Args, device_kind_size);
SAME(abi_code, object, PJRT_Error_GetCode_Args, error);
SAME(abi_code, code, PJRT_Error_GetCode_Args, code);
_Static_assert((int)ABI_CODE_RESOURCE_EXHAUSTED == (int)PJRT_Error_Code_RESOURCE_EXHAUSTED, "code of a full device");
SAME(abi_number, object, PJRT_DeviceDescription_Id_Args, device_description);
SAME(abi_number, number, PJRT_DeviceDescription_Id_Args, id);
LONG_ENOUGH(abi_number, PJRT_DeviceDescription_Id_Args);
SAME(abi_other, object, PJRT_Device_GetDescription_Args, device);
SAME(abi_other, other, PJRT_Device_GetDescription_Args, device_description);
SAME(abi_other, object, PJRT_LoadedExecutable_GetExecutable_Args, loaded_executable);
SAME(abi_other, other, PJRT_LoadedExecutable_GetExecutable_Args, executable);
SAME(abi_memory, executable, PJRT_Executable_GetCompiledMemoryStats_Args, executable);
SAME(abi_memory, code, PJRT_Executable_GetCompiledMemoryStats_Args, generated_code_size_in_bytes);
SAME(abi_memory, arguments, PJRT_Executable_GetCompiledMemoryStats_Args, argument_size_in_bytes);
SAME(abi_memory, results, PJRT_Executable_GetCompiledMemoryStats_Args, output_size_in_bytes);
SAME(abi_memory, alias, PJRT_Executable_GetCompiledMemoryStats_Args, alias_size_in_bytes);
SAME(abi_memory, temporaries, PJRT_Executable_GetCompiledMemoryStats_Args, temp_size_in_bytes);
SAME(abi_memory, peak, PJRT_Executable_GetCompiledMemoryStats_Args, peak_memory_in_bytes);
LONG_ENOUGH(abi_memory, PJRT_Executable_GetCompiledMemoryStats_Args);
SAME(abi_list, object, PJRT_Client_AddressableDevices_Args, client);
SAME(abi_list, list, PJRT_Client_AddressableDevices_Args, addressable_devices);
SAME(abi_list, count, PJRT_Client_AddressableDevices_Args, num_addressable_devices);

SAME(abi_option, name, PJRT_NamedValue, name);
SAME(abi_option, name_size, PJRT_NamedValue, name_size);
SAME(abi_option, type, PJRT_NamedValue, type);
SAME(abi_option, value.truth, PJRT_NamedValue, bool_value);
SAME(abi_option, value_size, PJRT_NamedValue, value_size);
_Static_assert(sizeof(abi_option) == sizeof(PJRT_NamedValue), "options stand in an array");
_Static_assert((int)ABI_OPTION_BOOL == (int)PJRT_NamedValue_kBool, "kind of an option");
_Static_assert((int)ABI_CODE_INVALID_ARGUMENT == (int)PJRT_Error_Code_INVALID_ARGUMENT, "code of an option that is not known");
SAME(abi_client_create, options, PJRT_Client_Create_Args, create_options);
SAME(abi_client_create, noptions, PJRT_Client_Create_Args, num_options);
SAME(abi_client_create, client, PJRT_Client_Create_Args, client);
LONG_ENOUGH(abi_client_create, PJRT_Client_Create_Args);

SAME(abi_program, code, PJRT_Program, code);
SAME(abi_program, code_size, PJRT_Program, code_size);
SAME(abi_program, format, PJRT_Program, format);
SAME(abi_program, format_size, PJRT_Program, format_size);
SAME(abi_compile, client, PJRT_Client_Compile_Args, client);
SAME(abi_compile, program, PJRT_Client_Compile_Args, program);
SAME(abi_compile, options, PJRT_Client_Compile_Args, compile_options);
SAME(abi_compile, options_size, PJRT_Client_Compile_Args, compile_options_size);
SAME(abi_compile, executable, PJRT_Client_Compile_Args, executable);

SAME(abi_store, executable, PJRT_Executable_Serialize_Args, executable);
SAME(abi_store, bytes, PJRT_Executable_Serialize_Args, serialized_bytes);
SAME(abi_store, size, PJRT_Executable_Serialize_Args, serialized_bytes_size);
SAME(abi_store, owner, PJRT_Executable_Serialize_Args, serialized_executable);
SAME(abi_store, release, PJRT_Executable_Serialize_Args, serialized_executable_deleter);
LONG_ENOUGH(abi_store, PJRT_Executable_Serialize_Args);
SAME(abi_load, client, PJRT_Executable_DeserializeAndLoad_Args, client);
SAME(abi_load, bytes, PJRT_Executable_DeserializeAndLoad_Args, serialized_executable);
SAME(abi_load, size, PJRT_Executable_DeserializeAndLoad_Args, serialized_executable_size);
SAME(abi_load, loaded, PJRT_Executable_DeserializeAndLoad_Args, loaded_executable);
SAME(abi_load, options, PJRT_Executable_DeserializeAndLoad_Args, overridden_serialized_compile_options);
SAME(abi_load, options_size, PJRT_Executable_DeserializeAndLoad_Args, overridden_serialized_compile_options_size);
LONG_ENOUGH(abi_load, PJRT_Executable_DeserializeAndLoad_Args);

SAME(abi_from_host, client, PJRT_Client_BufferFromHostBuffer_Args, client);
SAME(abi_from_host, data, PJRT_Client_BufferFromHostBuffer_Args, data);
SAME(abi_from_host, type, PJRT_Client_BufferFromHostBuffer_Args, type);
SAME(abi_from_host, dim, PJRT_Client_BufferFromHostBuffer_Args, dims);
SAME(abi_from_host, ndim, PJRT_Client_BufferFromHostBuffer_Args, num_dims);
SAME(abi_from_host, semantics, PJRT_Client_BufferFromHostBuffer_Args, host_buffer_semantics);
SAME(abi_from_host, device, PJRT_Client_BufferFromHostBuffer_Args, device);
SAME(abi_from_host, done, PJRT_Client_BufferFromHostBuffer_Args, done_with_host_buffer);
SAME(abi_from_host, buffer, PJRT_Client_BufferFromHostBuffer_Args, buffer);
LONG_ENOUGH(abi_from_host, PJRT_Client_BufferFromHostBuffer_Args);
_Static_assert((int)ABI_F32 == (int)PJRT_Buffer_Type_F32 && (int)ABI_S32 == (int)PJRT_Buffer_Type_S32 &&
                   (int)ABI_U8 == (int)PJRT_Buffer_Type_U8 && (int)ABI_U32 == (int)PJRT_Buffer_Type_U32,
               "types of numbers");
_Static_assert((int)ABI_ONLY_DURING_CALL == (int)PJRT_HostBufferSemantics_kImmutableOnlyDuringCall, "how long data may be read");

SAME(abi_to_host, buffer, PJRT_Buffer_ToHostBuffer_Args, src);
SAME(abi_to_host, dst, PJRT_Buffer_ToHostBuffer_Args, dst);
SAME(abi_to_host, dst_size, PJRT_Buffer_ToHostBuffer_Args, dst_size);
SAME(abi_to_host, event, PJRT_Buffer_ToHostBuffer_Args, event);

LONG_ENOUGH(abi_execute_options, PJRT_ExecuteOptions);
SAME(abi_execute, executable, PJRT_LoadedExecutable_Execute_Args, executable);
SAME(abi_execute, options, PJRT_LoadedExecutable_Execute_Args, options);
SAME(abi_execute, arguments, PJRT_LoadedExecutable_Execute_Args, argument_lists);
SAME(abi_execute, ndevices, PJRT_LoadedExecutable_Execute_Args, num_devices);
SAME(abi_execute, narguments, PJRT_LoadedExecutable_Execute_Args, num_args);
SAME(abi_execute, results, PJRT_LoadedExecutable_Execute_Args, output_lists);
SAME(abi_execute, events, PJRT_LoadedExecutable_Execute_Args, device_complete_events);
SAME(abi_execute, device, PJRT_LoadedExecutable_Execute_Args, execute_device);
