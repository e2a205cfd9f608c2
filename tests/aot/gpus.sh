# Sourced by run.sh: GPUs as the plug-in wants them described. Figures are NVIDIA's, of its data sheets and programming guide.
gpu_names='h200 a100 rtx4090 b200'

# describe GPU: its description on standard output
describe() {
    local name cores fpus threads bandwidth cache memory shared optin clock major minor feature=''
    case $1 in
    h200) name='NVIDIA H200' cores=132 fpus=128 threads=2048 bandwidth=4800000000000 cache=52428800 memory=151397597184 shared=233472 optin=232448 clock=1.98 major=9 minor=0 feature='feature_extension: ACCELERATED_FEATURES' ;;
    a100) name='NVIDIA A100-SXM4-80GB' cores=108 fpus=64 threads=2048 bandwidth=2039000000000 cache=41943040 memory=85899345920 shared=167936 optin=166912 clock=1.41 major=8 minor=0 ;;
    rtx4090) name='NVIDIA GeForce RTX 4090' cores=128 fpus=128 threads=1536 bandwidth=1008000000000 cache=75497472 memory=25769803776 shared=102400 optin=101376 clock=2.52 major=8 minor=9 ;;
    b200) name='NVIDIA B200' cores=148 fpus=128 threads=2048 bandwidth=8000000000000 cache=132120576 memory=193273528320 shared=233472 optin=232448 clock=1.965 major=10 minor=0 feature='feature_extension: ACCELERATED_FEATURES' ;;
    *) echo "aot: no GPU is called $1" >&2; return 1 ;;
    esac
    cat <<END
gpu_device_info {
  threads_per_block_limit: 1024 threads_per_warp: 32 shared_memory_per_block: 49152 shared_memory_per_core: $shared
  threads_per_core_limit: $threads core_count: $cores fpus_per_core: $fpus
  block_dim_limit_x: 2147483647 block_dim_limit_y: 65535 block_dim_limit_z: 65535
  memory_bandwidth: $bandwidth l2_cache_size: $cache clock_rate_ghz: $clock device_memory_size: $memory
  shared_memory_per_block_optin: $optin
  cuda_compute_capability { major: $major minor: $minor $feature }
  registers_per_core_limit: 65536 registers_per_block_limit: 65536
  thread_dim_limit_x: 1024 thread_dim_limit_y: 1024 thread_dim_limit_z: 64
  device_vendor: "NVIDIA Corporation" platform_version: "Compute Capability $major.$minor"
  device_address_bits: 64 name: "$name"
  driver_version: "13.0.0" runtime_version: "13.0.0" compile_time_toolkit_version: "13.0.0" dnn_version: "9.19.0"
}
platform_name: "CUDA"
dnn_version_info { major: 9 minor: 19 patch: 0 }
device_description_str: "$name"
END
}
