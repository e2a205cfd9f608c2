module @simsiam {
  func.func public @main(%1: tensor<4x3x8x8xf32>, %2: tensor<f32>, %3: tensor<f32>, %4: tensor<4x3x3x3xf32> {tf.aliasing_output = 1 : i32}, %5: tensor<4xf32> {tf.aliasing_output = 2 : i32}, %6: tensor<4xf32> {tf.aliasing_output = 3 : i32}, %7: tensor<4xf32> {tf.aliasing_output = 4 : i32}, %8: tensor<4xf32> {tf.aliasing_output = 5 : i32}, %9: tensor<8x4x3x3xf32> {tf.aliasing_output = 6 : i32}, %10: tensor<8xf32> {tf.aliasing_output = 7 : i32}, %11: tensor<8xf32> {tf.aliasing_output = 8 : i32}, %12: tensor<8xf32> {tf.aliasing_output = 9 : i32}, %13: tensor<8xf32> {tf.aliasing_output = 10 : i32}, %14: tensor<6x8xf32> {tf.aliasing_output = 11 : i32}, %15: tensor<6xf32> {tf.aliasing_output = 12 : i32}, %16: tensor<6xf32> {tf.aliasing_output = 13 : i32}, %17: tensor<6x6xf32> {tf.aliasing_output = 14 : i32}, %18: tensor<6xf32> {tf.aliasing_output = 15 : i32}, %19: tensor<4x3x3x3xf32> {tf.aliasing_output = 16 : i32}, %20: tensor<4xf32> {tf.aliasing_output = 17 : i32}, %21: tensor<4xf32> {tf.aliasing_output = 18 : i32}, %22: tensor<8x4x3x3xf32> {tf.aliasing_output = 19 : i32}, %23: tensor<8xf32> {tf.aliasing_output = 20 : i32}, %24: tensor<8xf32> {tf.aliasing_output = 21 : i32}, %25: tensor<6x8xf32> {tf.aliasing_output = 22 : i32}, %26: tensor<6x6xf32> {tf.aliasing_output = 23 : i32}, %27: tensor<6xf32> {tf.aliasing_output = 24 : i32}) -> (tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x6xf32>) {
    %28 = stablehlo.transpose %1, dims = [0, 2, 3, 1] : (tensor<4x3x8x8xf32>) -> tensor<4x8x8x3xf32>
    %29 = stablehlo.transpose %4, dims = [0, 2, 3, 1] : (tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xf32>
    %30 = stablehlo.convolution(%28, %29) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<4x8x8x4xf32>
    %31 = stablehlo.reshape %30 : (tensor<4x8x8x4xf32>) -> tensor<2x2x8x8x4xf32>
    %32 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %33 = stablehlo.reduce(%31 init: %32) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %34 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %36 = stablehlo.multiply %33, %35 : tensor<2x4xf32>
    %37 = stablehlo.broadcast_in_dim %36, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %38 = stablehlo.subtract %31, %37 : tensor<2x2x8x8x4xf32>
    %39 = stablehlo.multiply %38, %38 : tensor<2x2x8x8x4xf32>
    %40 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %41 = stablehlo.reduce(%39 init: %40) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %42 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %43 = stablehlo.broadcast_in_dim %42, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %44 = stablehlo.multiply %41, %43 : tensor<2x4xf32>
    %45 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %47 = stablehlo.add %44, %46 : tensor<2x4xf32>
    %48 = stablehlo.rsqrt %47 : tensor<2x4xf32>
    %49 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %50 = stablehlo.broadcast_in_dim %49, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %51 = stablehlo.multiply %7, %50 : tensor<4xf32>
    %52 = stablehlo.slice %36 [0:1:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %53 = stablehlo.reshape %52 : (tensor<1x4xf32>) -> tensor<4xf32>
    %54 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %55 = stablehlo.broadcast_in_dim %54, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %56 = stablehlo.multiply %53, %55 : tensor<4xf32>
    %57 = stablehlo.add %51, %56 : tensor<4xf32>
    %58 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %59 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %60 = stablehlo.multiply %57, %59 : tensor<4xf32>
    %61 = stablehlo.slice %36 [1:2:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %62 = stablehlo.reshape %61 : (tensor<1x4xf32>) -> tensor<4xf32>
    %63 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %64 = stablehlo.broadcast_in_dim %63, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %65 = stablehlo.multiply %62, %64 : tensor<4xf32>
    %66 = stablehlo.add %60, %65 : tensor<4xf32>
    %67 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %68 = stablehlo.broadcast_in_dim %67, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %69 = stablehlo.multiply %8, %68 : tensor<4xf32>
    %70 = stablehlo.slice %44 [0:1:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %71 = stablehlo.reshape %70 : (tensor<1x4xf32>) -> tensor<4xf32>
    %72 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %73 = stablehlo.broadcast_in_dim %72, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %74 = stablehlo.multiply %71, %73 : tensor<4xf32>
    %75 = stablehlo.add %69, %74 : tensor<4xf32>
    %76 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %77 = stablehlo.broadcast_in_dim %76, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %78 = stablehlo.multiply %75, %77 : tensor<4xf32>
    %79 = stablehlo.slice %44 [1:2:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %80 = stablehlo.reshape %79 : (tensor<1x4xf32>) -> tensor<4xf32>
    %81 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %82 = stablehlo.broadcast_in_dim %81, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %83 = stablehlo.multiply %80, %82 : tensor<4xf32>
    %84 = stablehlo.add %78, %83 : tensor<4xf32>
    %85 = stablehlo.broadcast_in_dim %48, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %86 = stablehlo.multiply %38, %85 : tensor<2x2x8x8x4xf32>
    %87 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %88 = stablehlo.multiply %86, %87 : tensor<2x2x8x8x4xf32>
    %89 = stablehlo.broadcast_in_dim %6, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %90 = stablehlo.add %88, %89 : tensor<2x2x8x8x4xf32>
    %91 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %92 = stablehlo.broadcast_in_dim %91, dims = [] : (tensor<f32>) -> tensor<2x2x8x8x4xf32>
    %93 = stablehlo.maximum %90, %92 : tensor<2x2x8x8x4xf32>
    %94 = stablehlo.reshape %93 : (tensor<2x2x8x8x4xf32>) -> tensor<4x8x8x4xf32>
    %95 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %96 = stablehlo.pad %94, %95, low = [0, 0, 0, 0], high = [0, 0, 0, 0], interior = [0, 0, 0, 0] : (tensor<4x8x8x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %97 = stablehlo.slice %96 [0:4:1, 0:7:2, 0:7:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %98 = stablehlo.constant dense<0> : tensor<ui8>
    %99 = stablehlo.broadcast_in_dim %98, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %100 = stablehlo.slice %96 [0:4:1, 0:7:2, 1:8:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %101 = stablehlo.constant dense<1> : tensor<ui8>
    %102 = stablehlo.broadcast_in_dim %101, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %103 = stablehlo.compare GT, %100, %97, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %104 = stablehlo.compare NE, %100, %100, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %105 = stablehlo.or %103, %104 : tensor<4x4x4x4xi1>
    %106 = stablehlo.select %105, %100, %97 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %107 = stablehlo.select %105, %102, %99 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xui8>
    %108 = stablehlo.slice %96 [0:4:1, 1:8:2, 0:7:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %109 = stablehlo.constant dense<2> : tensor<ui8>
    %110 = stablehlo.broadcast_in_dim %109, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %111 = stablehlo.compare GT, %108, %106, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %112 = stablehlo.compare NE, %108, %108, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %113 = stablehlo.or %111, %112 : tensor<4x4x4x4xi1>
    %114 = stablehlo.select %113, %108, %106 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %115 = stablehlo.select %113, %110, %107 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xui8>
    %116 = stablehlo.slice %96 [0:4:1, 1:8:2, 1:8:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %117 = stablehlo.constant dense<3> : tensor<ui8>
    %118 = stablehlo.broadcast_in_dim %117, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %119 = stablehlo.compare GT, %116, %114, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %120 = stablehlo.compare NE, %116, %116, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %121 = stablehlo.or %119, %120 : tensor<4x4x4x4xi1>
    %122 = stablehlo.select %121, %116, %114 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %123 = stablehlo.select %121, %118, %115 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xui8>
    %124 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %125 = stablehlo.convolution(%122, %124) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x4xf32>, tensor<8x3x3x4xf32>) -> tensor<4x2x2x8xf32>
    %126 = stablehlo.reshape %125 : (tensor<4x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %127 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %128 = stablehlo.reduce(%126 init: %127) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %129 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %130 = stablehlo.broadcast_in_dim %129, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %131 = stablehlo.multiply %128, %130 : tensor<2x8xf32>
    %132 = stablehlo.broadcast_in_dim %131, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %133 = stablehlo.subtract %126, %132 : tensor<2x2x2x2x8xf32>
    %134 = stablehlo.multiply %133, %133 : tensor<2x2x2x2x8xf32>
    %135 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %136 = stablehlo.reduce(%134 init: %135) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %137 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %138 = stablehlo.broadcast_in_dim %137, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %139 = stablehlo.multiply %136, %138 : tensor<2x8xf32>
    %140 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %141 = stablehlo.broadcast_in_dim %140, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %142 = stablehlo.add %139, %141 : tensor<2x8xf32>
    %143 = stablehlo.rsqrt %142 : tensor<2x8xf32>
    %144 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %145 = stablehlo.broadcast_in_dim %144, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %146 = stablehlo.multiply %12, %145 : tensor<8xf32>
    %147 = stablehlo.slice %131 [0:1:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %148 = stablehlo.reshape %147 : (tensor<1x8xf32>) -> tensor<8xf32>
    %149 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %150 = stablehlo.broadcast_in_dim %149, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %151 = stablehlo.multiply %148, %150 : tensor<8xf32>
    %152 = stablehlo.add %146, %151 : tensor<8xf32>
    %153 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %154 = stablehlo.broadcast_in_dim %153, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %155 = stablehlo.multiply %152, %154 : tensor<8xf32>
    %156 = stablehlo.slice %131 [1:2:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %157 = stablehlo.reshape %156 : (tensor<1x8xf32>) -> tensor<8xf32>
    %158 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %159 = stablehlo.broadcast_in_dim %158, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %160 = stablehlo.multiply %157, %159 : tensor<8xf32>
    %161 = stablehlo.add %155, %160 : tensor<8xf32>
    %162 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %163 = stablehlo.broadcast_in_dim %162, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %164 = stablehlo.multiply %13, %163 : tensor<8xf32>
    %165 = stablehlo.slice %139 [0:1:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %166 = stablehlo.reshape %165 : (tensor<1x8xf32>) -> tensor<8xf32>
    %167 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %168 = stablehlo.broadcast_in_dim %167, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %169 = stablehlo.multiply %166, %168 : tensor<8xf32>
    %170 = stablehlo.add %164, %169 : tensor<8xf32>
    %171 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %172 = stablehlo.broadcast_in_dim %171, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %173 = stablehlo.multiply %170, %172 : tensor<8xf32>
    %174 = stablehlo.slice %139 [1:2:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %175 = stablehlo.reshape %174 : (tensor<1x8xf32>) -> tensor<8xf32>
    %176 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %177 = stablehlo.broadcast_in_dim %176, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %178 = stablehlo.multiply %175, %177 : tensor<8xf32>
    %179 = stablehlo.add %173, %178 : tensor<8xf32>
    %180 = stablehlo.broadcast_in_dim %143, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %181 = stablehlo.multiply %133, %180 : tensor<2x2x2x2x8xf32>
    %182 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<2x2x2x2x8xf32>
    %183 = stablehlo.multiply %181, %182 : tensor<2x2x2x2x8xf32>
    %184 = stablehlo.broadcast_in_dim %11, dims = [4] : (tensor<8xf32>) -> tensor<2x2x2x2x8xf32>
    %185 = stablehlo.add %183, %184 : tensor<2x2x2x2x8xf32>
    %186 = stablehlo.reshape %185 : (tensor<2x2x2x2x8xf32>) -> tensor<4x2x2x8xf32>
    %187 = stablehlo.slice %122 [0:4:1, 0:3:2, 0:3:2, 0:4:1] : (tensor<4x4x4x4xf32>) -> tensor<4x2x2x4xf32>
    %188 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %189 = stablehlo.pad %187, %188, low = [0, 0, 0, 2], high = [0, 0, 0, 2], interior = [0, 0, 0, 0] : (tensor<4x2x2x4xf32>, tensor<f32>) -> tensor<4x2x2x8xf32>
    %190 = stablehlo.add %186, %189 : tensor<4x2x2x8xf32>
    %191 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %192 = stablehlo.broadcast_in_dim %191, dims = [] : (tensor<f32>) -> tensor<4x2x2x8xf32>
    %193 = stablehlo.maximum %190, %192 : tensor<4x2x2x8xf32>
    %194 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %195 = stablehlo.reduce(%193 init: %194) applies stablehlo.add across dimensions = [1, 2] : (tensor<4x2x2x8xf32>, tensor<f32>) -> tensor<4x8xf32>
    %196 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %197 = stablehlo.broadcast_in_dim %196, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %198 = stablehlo.multiply %195, %197 : tensor<4x8xf32>
    %199 = stablehlo.dot_general %198, %14, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32>
    %200 = stablehlo.reshape %199 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %201 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %202 = stablehlo.reduce(%200 init: %201) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %203 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %204 = stablehlo.broadcast_in_dim %203, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %205 = stablehlo.multiply %202, %204 : tensor<2x6xf32>
    %206 = stablehlo.broadcast_in_dim %205, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %207 = stablehlo.subtract %200, %206 : tensor<2x2x6xf32>
    %208 = stablehlo.multiply %207, %207 : tensor<2x2x6xf32>
    %209 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %210 = stablehlo.reduce(%208 init: %209) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %211 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %212 = stablehlo.broadcast_in_dim %211, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %213 = stablehlo.multiply %210, %212 : tensor<2x6xf32>
    %214 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %215 = stablehlo.broadcast_in_dim %214, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %216 = stablehlo.add %213, %215 : tensor<2x6xf32>
    %217 = stablehlo.rsqrt %216 : tensor<2x6xf32>
    %218 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %219 = stablehlo.broadcast_in_dim %218, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %220 = stablehlo.multiply %15, %219 : tensor<6xf32>
    %221 = stablehlo.slice %205 [0:1:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %222 = stablehlo.reshape %221 : (tensor<1x6xf32>) -> tensor<6xf32>
    %223 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %224 = stablehlo.broadcast_in_dim %223, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %225 = stablehlo.multiply %222, %224 : tensor<6xf32>
    %226 = stablehlo.add %220, %225 : tensor<6xf32>
    %227 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %228 = stablehlo.broadcast_in_dim %227, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %229 = stablehlo.multiply %226, %228 : tensor<6xf32>
    %230 = stablehlo.slice %205 [1:2:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %231 = stablehlo.reshape %230 : (tensor<1x6xf32>) -> tensor<6xf32>
    %232 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %233 = stablehlo.broadcast_in_dim %232, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %234 = stablehlo.multiply %231, %233 : tensor<6xf32>
    %235 = stablehlo.add %229, %234 : tensor<6xf32>
    %236 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %237 = stablehlo.broadcast_in_dim %236, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %238 = stablehlo.multiply %16, %237 : tensor<6xf32>
    %239 = stablehlo.slice %213 [0:1:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %240 = stablehlo.reshape %239 : (tensor<1x6xf32>) -> tensor<6xf32>
    %241 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %242 = stablehlo.broadcast_in_dim %241, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %243 = stablehlo.multiply %240, %242 : tensor<6xf32>
    %244 = stablehlo.add %238, %243 : tensor<6xf32>
    %245 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %246 = stablehlo.broadcast_in_dim %245, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %247 = stablehlo.multiply %244, %246 : tensor<6xf32>
    %248 = stablehlo.slice %213 [1:2:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %249 = stablehlo.reshape %248 : (tensor<1x6xf32>) -> tensor<6xf32>
    %250 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %251 = stablehlo.broadcast_in_dim %250, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %252 = stablehlo.multiply %249, %251 : tensor<6xf32>
    %253 = stablehlo.add %247, %252 : tensor<6xf32>
    %254 = stablehlo.broadcast_in_dim %217, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %255 = stablehlo.multiply %207, %254 : tensor<2x2x6xf32>
    %256 = stablehlo.reshape %255 : (tensor<2x2x6xf32>) -> tensor<4x6xf32>
    %257 = stablehlo.dot_general %256, %17, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<6x6xf32>) -> tensor<4x6xf32>
    %258 = stablehlo.broadcast_in_dim %18, dims = [1] : (tensor<6xf32>) -> tensor<4x6xf32>
    %259 = stablehlo.add %257, %258 : tensor<4x6xf32>
    %260 = stablehlo.reshape %259 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %261 = stablehlo.reshape %256 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %262 = stablehlo.reverse %261, dims = [0] : tensor<2x2x6xf32>
    %263 = stablehlo.multiply %260, %260 : tensor<2x2x6xf32>
    %264 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %265 = stablehlo.reduce(%263 init: %264) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %266 = stablehlo.sqrt %265 : tensor<2x2xf32>
    %267 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %268 = stablehlo.broadcast_in_dim %267, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %269 = stablehlo.maximum %266, %268 : tensor<2x2xf32>
    %270 = stablehlo.multiply %262, %262 : tensor<2x2x6xf32>
    %271 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %272 = stablehlo.reduce(%270 init: %271) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %273 = stablehlo.sqrt %272 : tensor<2x2xf32>
    %274 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %275 = stablehlo.broadcast_in_dim %274, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %276 = stablehlo.maximum %273, %275 : tensor<2x2xf32>
    %277 = stablehlo.multiply %269, %276 : tensor<2x2xf32>
    %278 = stablehlo.multiply %260, %262 : tensor<2x2x6xf32>
    %279 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %280 = stablehlo.reduce(%278 init: %279) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %281 = stablehlo.divide %280, %277 : tensor<2x2xf32>
    %282 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %283 = stablehlo.reduce(%281 init: %282) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<f32>
    %284 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %285 = stablehlo.multiply %283, %284 : tensor<f32>
    %286 = stablehlo.negate %285 : tensor<f32>
    %287 = stablehlo.reshape %256 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %288 = stablehlo.multiply %287, %287 : tensor<2x2x6xf32>
    %289 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %290 = stablehlo.reduce(%288 init: %289) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %291 = stablehlo.sqrt %290 : tensor<2x2xf32>
    %292 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %293 = stablehlo.broadcast_in_dim %292, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %294 = stablehlo.maximum %291, %293 : tensor<2x2xf32>
    %295 = stablehlo.broadcast_in_dim %294, dims = [0, 1] : (tensor<2x2xf32>) -> tensor<2x2x6xf32>
    %296 = stablehlo.divide %287, %295 : tensor<2x2x6xf32>
    %297 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %298 = stablehlo.reduce(%296 init: %297) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %299 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %300 = stablehlo.broadcast_in_dim %299, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %301 = stablehlo.multiply %298, %300 : tensor<2x6xf32>
    %302 = stablehlo.broadcast_in_dim %301, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %303 = stablehlo.subtract %296, %302 : tensor<2x2x6xf32>
    %304 = stablehlo.multiply %303, %303 : tensor<2x2x6xf32>
    %305 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %306 = stablehlo.reduce(%304 init: %305) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %307 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %308 = stablehlo.broadcast_in_dim %307, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %309 = stablehlo.multiply %306, %308 : tensor<2x6xf32>
    %310 = stablehlo.sqrt %309 : tensor<2x6xf32>
    %311 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %312 = stablehlo.reduce(%310 init: %311) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x6xf32>, tensor<f32>) -> tensor<f32>
    %313 = stablehlo.constant dense<0x3DAAAAAB> : tensor<f32>
    %314 = stablehlo.multiply %312, %313 : tensor<f32>
    %315 = stablehlo.constant dense<0x401CC471> : tensor<f32>
    %316 = stablehlo.multiply %314, %315 : tensor<f32>
    %317 = stablehlo.reshape %286 : (tensor<f32>) -> tensor<1xf32>
    %318 = stablehlo.reshape %316 : (tensor<f32>) -> tensor<1xf32>
    %319 = stablehlo.concatenate %317, %318, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %320 = stablehlo.constant dense<0x3F800000> : tensor<f32>
    %321 = stablehlo.broadcast_in_dim %320, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %322 = stablehlo.slice %321 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %323 = stablehlo.reshape %322 : (tensor<1xf32>) -> tensor<f32>
    %324 = stablehlo.constant dense<0xBE800000> : tensor<f32>
    %325 = stablehlo.multiply %323, %324 : tensor<f32>
    %326 = stablehlo.reshape %259 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %327 = stablehlo.reshape %256 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %328 = stablehlo.reverse %327, dims = [0] : tensor<2x2x6xf32>
    %329 = stablehlo.multiply %326, %326 : tensor<2x2x6xf32>
    %330 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %331 = stablehlo.reduce(%329 init: %330) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %332 = stablehlo.sqrt %331 : tensor<2x2xf32>
    %333 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %334 = stablehlo.broadcast_in_dim %333, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %335 = stablehlo.maximum %332, %334 : tensor<2x2xf32>
    %336 = stablehlo.multiply %328, %328 : tensor<2x2x6xf32>
    %337 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %338 = stablehlo.reduce(%336 init: %337) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %339 = stablehlo.sqrt %338 : tensor<2x2xf32>
    %340 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %341 = stablehlo.broadcast_in_dim %340, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %342 = stablehlo.maximum %339, %341 : tensor<2x2xf32>
    %343 = stablehlo.multiply %335, %342 : tensor<2x2xf32>
    %344 = stablehlo.multiply %326, %328 : tensor<2x2x6xf32>
    %345 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %346 = stablehlo.reduce(%344 init: %345) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %347 = stablehlo.divide %346, %343 : tensor<2x2xf32>
    %348 = stablehlo.broadcast_in_dim %343, dims = [0, 1] : (tensor<2x2xf32>) -> tensor<2x2x6xf32>
    %349 = stablehlo.divide %328, %348 : tensor<2x2x6xf32>
    %350 = stablehlo.multiply %335, %335 : tensor<2x2xf32>
    %351 = stablehlo.divide %347, %350 : tensor<2x2xf32>
    %352 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %353 = stablehlo.broadcast_in_dim %352, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %354 = stablehlo.compare GT, %335, %353, FLOAT : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %355 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %356 = stablehlo.broadcast_in_dim %355, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %357 = stablehlo.select %354, %351, %356 : tensor<2x2xi1>, tensor<2x2xf32>
    %358 = stablehlo.broadcast_in_dim %357, dims = [0, 1] : (tensor<2x2xf32>) -> tensor<2x2x6xf32>
    %359 = stablehlo.multiply %326, %358 : tensor<2x2x6xf32>
    %360 = stablehlo.subtract %349, %359 : tensor<2x2x6xf32>
    %361 = stablehlo.broadcast_in_dim %325, dims = [] : (tensor<f32>) -> tensor<2x2x6xf32>
    %362 = stablehlo.multiply %360, %361 : tensor<2x2x6xf32>
    %363 = stablehlo.reshape %362 : (tensor<2x2x6xf32>) -> tensor<4x6xf32>
    %364 = stablehlo.dot_general %363, %256, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<6x6xf32>
    %365 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %366 = stablehlo.reduce(%363 init: %365) applies stablehlo.add across dimensions = [0] : (tensor<4x6xf32>, tensor<f32>) -> tensor<6xf32>
    %367 = stablehlo.dot_general %363, %17, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<6x6xf32>) -> tensor<4x6xf32>
    %368 = stablehlo.reshape %199 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %369 = stablehlo.broadcast_in_dim %205, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %370 = stablehlo.subtract %368, %369 : tensor<2x2x6xf32>
    %371 = stablehlo.broadcast_in_dim %217, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %372 = stablehlo.multiply %370, %371 : tensor<2x2x6xf32>
    %373 = stablehlo.reshape %367 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %374 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %375 = stablehlo.reduce(%373 init: %374) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %376 = stablehlo.multiply %373, %372 : tensor<2x2x6xf32>
    %377 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %378 = stablehlo.reduce(%376 init: %377) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %379:2 = stablehlo.optimization_barrier %375, %378 : tensor<2x6xf32>, tensor<2x6xf32>
    %380 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %381 = stablehlo.broadcast_in_dim %380, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %382 = stablehlo.multiply %379#0, %381 : tensor<2x6xf32>
    %383 = stablehlo.broadcast_in_dim %382, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %384 = stablehlo.subtract %373, %383 : tensor<2x2x6xf32>
    %385 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %386 = stablehlo.broadcast_in_dim %385, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %387 = stablehlo.multiply %379#1, %386 : tensor<2x6xf32>
    %388 = stablehlo.broadcast_in_dim %387, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %389 = stablehlo.multiply %372, %388 : tensor<2x2x6xf32>
    %390 = stablehlo.subtract %384, %389 : tensor<2x2x6xf32>
    %391 = stablehlo.multiply %390, %371 : tensor<2x2x6xf32>
    %392 = stablehlo.reshape %391 : (tensor<2x2x6xf32>) -> tensor<4x6xf32>
    %393 = stablehlo.dot_general %392, %198, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<4x8xf32>) -> tensor<6x8xf32>
    %394 = stablehlo.dot_general %392, %14, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
    %395 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %396 = stablehlo.broadcast_in_dim %395, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %397 = stablehlo.multiply %394, %396 : tensor<4x8xf32>
    %398 = stablehlo.broadcast_in_dim %397, dims = [0, 3] : (tensor<4x8xf32>) -> tensor<4x2x2x8xf32>
    %399 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %400 = stablehlo.broadcast_in_dim %399, dims = [] : (tensor<f32>) -> tensor<4x2x2x8xf32>
    %401 = stablehlo.compare GT, %193, %400, FLOAT : (tensor<4x2x2x8xf32>, tensor<4x2x2x8xf32>) -> tensor<4x2x2x8xi1>
    %402 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %403 = stablehlo.broadcast_in_dim %402, dims = [] : (tensor<f32>) -> tensor<4x2x2x8xf32>
    %404 = stablehlo.select %401, %398, %403 : tensor<4x2x2x8xi1>, tensor<4x2x2x8xf32>
    %405 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %406 = stablehlo.pad %404, %405, low = [0, 0, 0, -2], high = [0, 1, 1, -2], interior = [0, 1, 1, 0] : (tensor<4x2x2x8xf32>, tensor<f32>) -> tensor<4x4x4x4xf32>
    %407 = stablehlo.reshape %125 : (tensor<4x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %408 = stablehlo.broadcast_in_dim %131, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %409 = stablehlo.subtract %407, %408 : tensor<2x2x2x2x8xf32>
    %410 = stablehlo.broadcast_in_dim %143, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %411 = stablehlo.multiply %409, %410 : tensor<2x2x2x2x8xf32>
    %412 = stablehlo.reshape %404 : (tensor<4x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %413 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %414 = stablehlo.reduce(%412 init: %413) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %415 = stablehlo.multiply %412, %411 : tensor<2x2x2x2x8xf32>
    %416 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %417 = stablehlo.reduce(%415 init: %416) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %418:2 = stablehlo.optimization_barrier %414, %417 : tensor<2x8xf32>, tensor<2x8xf32>
    %419 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %420 = stablehlo.reduce(%418#1 init: %419) applies stablehlo.add across dimensions = [0] : (tensor<2x8xf32>, tensor<f32>) -> tensor<8xf32>
    %421 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %422 = stablehlo.reduce(%418#0 init: %421) applies stablehlo.add across dimensions = [0] : (tensor<2x8xf32>, tensor<f32>) -> tensor<8xf32>
    %423 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %424 = stablehlo.broadcast_in_dim %423, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %425 = stablehlo.multiply %418#0, %424 : tensor<2x8xf32>
    %426 = stablehlo.broadcast_in_dim %425, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %427 = stablehlo.subtract %412, %426 : tensor<2x2x2x2x8xf32>
    %428 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %429 = stablehlo.broadcast_in_dim %428, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %430 = stablehlo.multiply %418#1, %429 : tensor<2x8xf32>
    %431 = stablehlo.broadcast_in_dim %430, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %432 = stablehlo.multiply %411, %431 : tensor<2x2x2x2x8xf32>
    %433 = stablehlo.subtract %427, %432 : tensor<2x2x2x2x8xf32>
    %434 = stablehlo.multiply %433, %410 : tensor<2x2x2x2x8xf32>
    %435 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<2x2x2x2x8xf32>
    %436 = stablehlo.multiply %434, %435 : tensor<2x2x2x2x8xf32>
    %437 = stablehlo.reshape %436 : (tensor<2x2x2x2x8xf32>) -> tensor<4x2x2x8xf32>
    %438 = stablehlo.convolution(%122, %437) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x4xf32>, tensor<4x2x2x8xf32>) -> tensor<3x3x4x8xf32>
    %439 = stablehlo.transpose %438, dims = [3, 2, 0, 1] : (tensor<3x3x4x8xf32>) -> tensor<8x4x3x3xf32>
    %440 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %441 = stablehlo.reverse %440, dims = [1, 2] : tensor<8x3x3x4xf32>
    %442 = stablehlo.convolution(%437, %441) dim_numbers = [b, 0, 1, f]x[i, 0, 1, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x8xf32>, tensor<8x3x3x4xf32>) -> tensor<4x4x4x4xf32>
    %443 = stablehlo.add %406, %442 : tensor<4x4x4x4xf32>
    %444 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %445 = stablehlo.broadcast_in_dim %444, dims = [] : (tensor<f32>) -> tensor<4x4x4x4xf32>
    %446 = stablehlo.constant dense<0> : tensor<ui8>
    %447 = stablehlo.broadcast_in_dim %446, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %448 = stablehlo.compare EQ, %123, %447, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %449 = stablehlo.select %448, %443, %445 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %450 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %451 = stablehlo.pad %449, %450, low = [0, 0, 0, 0], high = [0, 1, 1, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %452 = stablehlo.constant dense<1> : tensor<ui8>
    %453 = stablehlo.broadcast_in_dim %452, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %454 = stablehlo.compare EQ, %123, %453, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %455 = stablehlo.select %454, %443, %445 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %456 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %457 = stablehlo.pad %455, %456, low = [0, 0, 1, 0], high = [0, 1, 0, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %458 = stablehlo.add %451, %457 : tensor<4x8x8x4xf32>
    %459 = stablehlo.constant dense<2> : tensor<ui8>
    %460 = stablehlo.broadcast_in_dim %459, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %461 = stablehlo.compare EQ, %123, %460, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %462 = stablehlo.select %461, %443, %445 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %463 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %464 = stablehlo.pad %462, %463, low = [0, 1, 0, 0], high = [0, 0, 1, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %465 = stablehlo.add %458, %464 : tensor<4x8x8x4xf32>
    %466 = stablehlo.constant dense<3> : tensor<ui8>
    %467 = stablehlo.broadcast_in_dim %466, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %468 = stablehlo.compare EQ, %123, %467, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %469 = stablehlo.select %468, %443, %445 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %470 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %471 = stablehlo.pad %469, %470, low = [0, 1, 1, 0], high = [0, 0, 0, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %472 = stablehlo.add %465, %471 : tensor<4x8x8x4xf32>
    %473 = stablehlo.reshape %30 : (tensor<4x8x8x4xf32>) -> tensor<2x2x8x8x4xf32>
    %474 = stablehlo.broadcast_in_dim %36, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %475 = stablehlo.subtract %473, %474 : tensor<2x2x8x8x4xf32>
    %476 = stablehlo.broadcast_in_dim %48, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %477 = stablehlo.multiply %475, %476 : tensor<2x2x8x8x4xf32>
    %478 = stablehlo.reshape %472 : (tensor<4x8x8x4xf32>) -> tensor<2x2x8x8x4xf32>
    %479 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %480 = stablehlo.broadcast_in_dim %479, dims = [] : (tensor<f32>) -> tensor<2x2x8x8x4xf32>
    %481 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %482 = stablehlo.multiply %477, %481 : tensor<2x2x8x8x4xf32>
    %483 = stablehlo.negate %6 : tensor<4xf32>
    %484 = stablehlo.broadcast_in_dim %483, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %485 = stablehlo.compare GT, %482, %484, FLOAT : (tensor<2x2x8x8x4xf32>, tensor<2x2x8x8x4xf32>) -> tensor<2x2x8x8x4xi1>
    %486 = stablehlo.select %485, %478, %480 : tensor<2x2x8x8x4xi1>, tensor<2x2x8x8x4xf32>
    %487 = stablehlo.compare LE, %482, %484, FLOAT : (tensor<2x2x8x8x4xf32>, tensor<2x2x8x8x4xf32>) -> tensor<2x2x8x8x4xi1>
    %488 = stablehlo.select %487, %480, %478 : tensor<2x2x8x8x4xi1>, tensor<2x2x8x8x4xf32>
    %489 = stablehlo.compare LT, %484, %482, FLOAT : (tensor<2x2x8x8x4xf32>, tensor<2x2x8x8x4xf32>) -> tensor<2x2x8x8x4xi1>
    %490 = stablehlo.select %489, %478, %480 : tensor<2x2x8x8x4xi1>, tensor<2x2x8x8x4xf32>
    %491 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %492 = stablehlo.reduce(%486 init: %491) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %493 = stablehlo.multiply %488, %477 : tensor<2x2x8x8x4xf32>
    %494 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %495 = stablehlo.reduce(%493 init: %494) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %496:2 = stablehlo.optimization_barrier %492, %495 : tensor<2x4xf32>, tensor<2x4xf32>
    %497 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %498 = stablehlo.reduce(%496#1 init: %497) applies stablehlo.add across dimensions = [0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<4xf32>
    %499 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %500 = stablehlo.reduce(%496#0 init: %499) applies stablehlo.add across dimensions = [0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<4xf32>
    %501 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %502 = stablehlo.broadcast_in_dim %501, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %503 = stablehlo.multiply %496#0, %502 : tensor<2x4xf32>
    %504 = stablehlo.broadcast_in_dim %503, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %505 = stablehlo.subtract %490, %504 : tensor<2x2x8x8x4xf32>
    %506 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %507 = stablehlo.broadcast_in_dim %506, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %508 = stablehlo.multiply %496#1, %507 : tensor<2x4xf32>
    %509 = stablehlo.broadcast_in_dim %508, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %510 = stablehlo.multiply %477, %509 : tensor<2x2x8x8x4xf32>
    %511 = stablehlo.subtract %505, %510 : tensor<2x2x8x8x4xf32>
    %512 = stablehlo.multiply %511, %476 : tensor<2x2x8x8x4xf32>
    %513 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %514 = stablehlo.multiply %512, %513 : tensor<2x2x8x8x4xf32>
    %515 = stablehlo.reshape %514 : (tensor<2x2x8x8x4xf32>) -> tensor<4x8x8x4xf32>
    %516 = stablehlo.convolution(%28, %515) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x3xf32>, tensor<4x8x8x4xf32>) -> tensor<3x3x3x4xf32>
    %517 = stablehlo.transpose %516, dims = [3, 2, 0, 1] : (tensor<3x3x3x4xf32>) -> tensor<4x3x3x3xf32>
    %518 = stablehlo.slice %319 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %519 = stablehlo.reshape %518 : (tensor<1xf32>) -> tensor<f32>
    %520 = stablehlo.is_finite %519 : (tensor<f32>) -> tensor<i1>
    %521 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %522 = stablehlo.broadcast_in_dim %521, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %523 = stablehlo.multiply %4, %522 : tensor<4x3x3x3xf32>
    %524 = stablehlo.add %517, %523 : tensor<4x3x3x3xf32>
    %525 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %526 = stablehlo.broadcast_in_dim %525, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %527 = stablehlo.multiply %19, %526 : tensor<4x3x3x3xf32>
    %528 = stablehlo.add %527, %524 : tensor<4x3x3x3xf32>
    %529 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %530 = stablehlo.multiply %528, %529 : tensor<4x3x3x3xf32>
    %531 = stablehlo.subtract %4, %530 : tensor<4x3x3x3xf32>
    %532 = stablehlo.select %520, %531, %4 : tensor<i1>, tensor<4x3x3x3xf32>
    %533 = stablehlo.select %520, %528, %19 : tensor<i1>, tensor<4x3x3x3xf32>
    %534 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %535 = stablehlo.broadcast_in_dim %534, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %536 = stablehlo.multiply %5, %535 : tensor<4xf32>
    %537 = stablehlo.add %498, %536 : tensor<4xf32>
    %538 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %539 = stablehlo.broadcast_in_dim %538, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %540 = stablehlo.multiply %20, %539 : tensor<4xf32>
    %541 = stablehlo.add %540, %537 : tensor<4xf32>
    %542 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %543 = stablehlo.multiply %541, %542 : tensor<4xf32>
    %544 = stablehlo.subtract %5, %543 : tensor<4xf32>
    %545 = stablehlo.select %520, %544, %5 : tensor<i1>, tensor<4xf32>
    %546 = stablehlo.select %520, %541, %20 : tensor<i1>, tensor<4xf32>
    %547 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %548 = stablehlo.broadcast_in_dim %547, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %549 = stablehlo.multiply %6, %548 : tensor<4xf32>
    %550 = stablehlo.add %500, %549 : tensor<4xf32>
    %551 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %552 = stablehlo.broadcast_in_dim %551, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %553 = stablehlo.multiply %21, %552 : tensor<4xf32>
    %554 = stablehlo.add %553, %550 : tensor<4xf32>
    %555 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %556 = stablehlo.multiply %554, %555 : tensor<4xf32>
    %557 = stablehlo.subtract %6, %556 : tensor<4xf32>
    %558 = stablehlo.select %520, %557, %6 : tensor<i1>, tensor<4xf32>
    %559 = stablehlo.select %520, %554, %21 : tensor<i1>, tensor<4xf32>
    %560 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %561 = stablehlo.broadcast_in_dim %560, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %562 = stablehlo.multiply %9, %561 : tensor<8x4x3x3xf32>
    %563 = stablehlo.add %439, %562 : tensor<8x4x3x3xf32>
    %564 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %565 = stablehlo.broadcast_in_dim %564, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %566 = stablehlo.multiply %22, %565 : tensor<8x4x3x3xf32>
    %567 = stablehlo.add %566, %563 : tensor<8x4x3x3xf32>
    %568 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %569 = stablehlo.multiply %567, %568 : tensor<8x4x3x3xf32>
    %570 = stablehlo.subtract %9, %569 : tensor<8x4x3x3xf32>
    %571 = stablehlo.select %520, %570, %9 : tensor<i1>, tensor<8x4x3x3xf32>
    %572 = stablehlo.select %520, %567, %22 : tensor<i1>, tensor<8x4x3x3xf32>
    %573 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %574 = stablehlo.broadcast_in_dim %573, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %575 = stablehlo.multiply %10, %574 : tensor<8xf32>
    %576 = stablehlo.add %420, %575 : tensor<8xf32>
    %577 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %578 = stablehlo.broadcast_in_dim %577, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %579 = stablehlo.multiply %23, %578 : tensor<8xf32>
    %580 = stablehlo.add %579, %576 : tensor<8xf32>
    %581 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %582 = stablehlo.multiply %580, %581 : tensor<8xf32>
    %583 = stablehlo.subtract %10, %582 : tensor<8xf32>
    %584 = stablehlo.select %520, %583, %10 : tensor<i1>, tensor<8xf32>
    %585 = stablehlo.select %520, %580, %23 : tensor<i1>, tensor<8xf32>
    %586 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %587 = stablehlo.broadcast_in_dim %586, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %588 = stablehlo.multiply %11, %587 : tensor<8xf32>
    %589 = stablehlo.add %422, %588 : tensor<8xf32>
    %590 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %591 = stablehlo.broadcast_in_dim %590, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %592 = stablehlo.multiply %24, %591 : tensor<8xf32>
    %593 = stablehlo.add %592, %589 : tensor<8xf32>
    %594 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %595 = stablehlo.multiply %593, %594 : tensor<8xf32>
    %596 = stablehlo.subtract %11, %595 : tensor<8xf32>
    %597 = stablehlo.select %520, %596, %11 : tensor<i1>, tensor<8xf32>
    %598 = stablehlo.select %520, %593, %24 : tensor<i1>, tensor<8xf32>
    %599 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %600 = stablehlo.broadcast_in_dim %599, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %601 = stablehlo.multiply %14, %600 : tensor<6x8xf32>
    %602 = stablehlo.add %393, %601 : tensor<6x8xf32>
    %603 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %604 = stablehlo.broadcast_in_dim %603, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %605 = stablehlo.multiply %25, %604 : tensor<6x8xf32>
    %606 = stablehlo.add %605, %602 : tensor<6x8xf32>
    %607 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %608 = stablehlo.multiply %606, %607 : tensor<6x8xf32>
    %609 = stablehlo.subtract %14, %608 : tensor<6x8xf32>
    %610 = stablehlo.select %520, %609, %14 : tensor<i1>, tensor<6x8xf32>
    %611 = stablehlo.select %520, %606, %25 : tensor<i1>, tensor<6x8xf32>
    %612 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %613 = stablehlo.broadcast_in_dim %612, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %614 = stablehlo.multiply %17, %613 : tensor<6x6xf32>
    %615 = stablehlo.add %364, %614 : tensor<6x6xf32>
    %616 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %617 = stablehlo.broadcast_in_dim %616, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %618 = stablehlo.multiply %26, %617 : tensor<6x6xf32>
    %619 = stablehlo.add %618, %615 : tensor<6x6xf32>
    %620 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %621 = stablehlo.multiply %619, %620 : tensor<6x6xf32>
    %622 = stablehlo.subtract %17, %621 : tensor<6x6xf32>
    %623 = stablehlo.select %520, %622, %17 : tensor<i1>, tensor<6x6xf32>
    %624 = stablehlo.select %520, %619, %26 : tensor<i1>, tensor<6x6xf32>
    %625 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %626 = stablehlo.broadcast_in_dim %625, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %627 = stablehlo.multiply %18, %626 : tensor<6xf32>
    %628 = stablehlo.add %366, %627 : tensor<6xf32>
    %629 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %630 = stablehlo.broadcast_in_dim %629, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %631 = stablehlo.multiply %27, %630 : tensor<6xf32>
    %632 = stablehlo.add %631, %628 : tensor<6xf32>
    %633 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %634 = stablehlo.multiply %632, %633 : tensor<6xf32>
    %635 = stablehlo.subtract %18, %634 : tensor<6xf32>
    %636 = stablehlo.select %520, %635, %18 : tensor<i1>, tensor<6xf32>
    %637 = stablehlo.select %520, %632, %27 : tensor<i1>, tensor<6xf32>
    %638 = stablehlo.concatenate %66, %84, %161, %179, %235, %253, dim = 0 : (tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<36xf32>
    %639 = stablehlo.iota dim = 0 : tensor<36xi32>
    %640 = stablehlo.constant dense<36> : tensor<i32>
    %641 = stablehlo.broadcast_in_dim %640, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %642 = stablehlo.is_finite %638 : (tensor<36xf32>) -> tensor<36xi1>
    %643 = stablehlo.select %642, %641, %639 : tensor<36xi1>, tensor<36xi32>
    %644 = stablehlo.constant dense<2147483647> : tensor<i32>
    %645 = stablehlo.reduce(%643 init: %644) applies stablehlo.minimum across dimensions = [0] : (tensor<36xi32>, tensor<i32>) -> tensor<i32>
    %646 = stablehlo.broadcast_in_dim %645, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %647 = stablehlo.compare EQ, %639, %646, SIGNED : (tensor<36xi32>, tensor<36xi32>) -> tensor<36xi1>
    %648 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %649 = stablehlo.broadcast_in_dim %648, dims = [] : (tensor<f32>) -> tensor<36xf32>
    %650 = stablehlo.select %647, %638, %649 : tensor<36xi1>, tensor<36xf32>
    %651 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %652 = stablehlo.reduce(%650 init: %651) applies stablehlo.add across dimensions = [0] : (tensor<36xf32>, tensor<f32>) -> tensor<f32>
    %653 = stablehlo.convert %645 : (tensor<i32>) -> tensor<f32>
    %654 = stablehlo.reshape %653 : (tensor<f32>) -> tensor<1xf32>
    %655 = stablehlo.reshape %652 : (tensor<f32>) -> tensor<1xf32>
    %656 = stablehlo.concatenate %319, %654, %655, dim = 0 : (tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
    return %656, %532, %545, %558, %66, %84, %571, %584, %597, %161, %179, %610, %235, %253, %623, %636, %533, %546, %559, %572, %585, %598, %611, %624, %637, %256 : tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x6xf32>
  }
}
