module @simsiam {
  func.func public @main(%1: tensor<6x3x8x8xf32>, %2: tensor<f32>, %3: tensor<f32>, %4: tensor<4x3x3x3xf32> {tf.aliasing_output = 1 : i32}, %5: tensor<4xf32> {tf.aliasing_output = 2 : i32}, %6: tensor<4xf32> {tf.aliasing_output = 3 : i32}, %7: tensor<4xf32> {tf.aliasing_output = 4 : i32}, %8: tensor<4xf32> {tf.aliasing_output = 5 : i32}, %9: tensor<8x4x3x3xf32> {tf.aliasing_output = 6 : i32}, %10: tensor<8xf32> {tf.aliasing_output = 7 : i32}, %11: tensor<8xf32> {tf.aliasing_output = 8 : i32}, %12: tensor<8xf32> {tf.aliasing_output = 9 : i32}, %13: tensor<8xf32> {tf.aliasing_output = 10 : i32}, %14: tensor<6x8xf32> {tf.aliasing_output = 11 : i32}, %15: tensor<6xf32> {tf.aliasing_output = 12 : i32}, %16: tensor<6xf32> {tf.aliasing_output = 13 : i32}, %17: tensor<6x6xf32> {tf.aliasing_output = 14 : i32}, %18: tensor<6xf32> {tf.aliasing_output = 15 : i32}, %19: tensor<4x3x3x3xf32> {tf.aliasing_output = 16 : i32}, %20: tensor<4xf32> {tf.aliasing_output = 17 : i32}, %21: tensor<4xf32> {tf.aliasing_output = 18 : i32}, %22: tensor<8x4x3x3xf32> {tf.aliasing_output = 19 : i32}, %23: tensor<8xf32> {tf.aliasing_output = 20 : i32}, %24: tensor<8xf32> {tf.aliasing_output = 21 : i32}, %25: tensor<6x8xf32> {tf.aliasing_output = 22 : i32}, %26: tensor<6x6xf32> {tf.aliasing_output = 23 : i32}, %27: tensor<6xf32> {tf.aliasing_output = 24 : i32}, %28: tensor<4x3x3x3xf32> {tf.aliasing_output = 25 : i32}, %29: tensor<4xf32> {tf.aliasing_output = 26 : i32}, %30: tensor<4xf32> {tf.aliasing_output = 27 : i32}, %31: tensor<8x4x3x3xf32> {tf.aliasing_output = 28 : i32}, %32: tensor<8xf32> {tf.aliasing_output = 29 : i32}, %33: tensor<8xf32> {tf.aliasing_output = 30 : i32}, %34: tensor<6x8xf32> {tf.aliasing_output = 31 : i32}, %35: tensor<6x6xf32> {tf.aliasing_output = 32 : i32}, %36: tensor<6xf32> {tf.aliasing_output = 33 : i32}, %37: tensor<2xf32> {tf.aliasing_output = 34 : i32}) -> (tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<2xf32>, tensor<6x6xf32>) {
    %38 = stablehlo.transpose %1, dims = [0, 2, 3, 1] : (tensor<6x3x8x8xf32>) -> tensor<6x8x8x3xf32>
    %39 = stablehlo.transpose %4, dims = [0, 2, 3, 1] : (tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xf32>
    %40 = stablehlo.convolution(%38, %39) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<6x8x8x4xbf16>
    %41 = stablehlo.reshape %40 : (tensor<6x8x8x4xbf16>) -> tensor<3x2x8x8x4xbf16>
    %42 = stablehlo.convert %41 : (tensor<3x2x8x8x4xbf16>) -> tensor<3x2x8x8x4xf32>
    %43 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %44 = stablehlo.reduce(%42 init: %43) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %45 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %47 = stablehlo.multiply %44, %46 : tensor<3x4xf32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %49 = stablehlo.subtract %42, %48 : tensor<3x2x8x8x4xf32>
    %50 = stablehlo.multiply %49, %49 : tensor<3x2x8x8x4xf32>
    %51 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %52 = stablehlo.reduce(%50 init: %51) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %53 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %54 = stablehlo.broadcast_in_dim %53, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %55 = stablehlo.multiply %52, %54 : tensor<3x4xf32>
    %56 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %57 = stablehlo.broadcast_in_dim %56, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %58 = stablehlo.add %55, %57 : tensor<3x4xf32>
    %59 = stablehlo.rsqrt %58 : tensor<3x4xf32>
    %60 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %61 = stablehlo.broadcast_in_dim %60, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %62 = stablehlo.multiply %7, %61 : tensor<4xf32>
    %63 = stablehlo.slice %47 [0:1:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %64 = stablehlo.reshape %63 : (tensor<1x4xf32>) -> tensor<4xf32>
    %65 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %66 = stablehlo.broadcast_in_dim %65, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %67 = stablehlo.multiply %64, %66 : tensor<4xf32>
    %68 = stablehlo.add %62, %67 : tensor<4xf32>
    %69 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %70 = stablehlo.broadcast_in_dim %69, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %71 = stablehlo.multiply %68, %70 : tensor<4xf32>
    %72 = stablehlo.slice %47 [1:2:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %73 = stablehlo.reshape %72 : (tensor<1x4xf32>) -> tensor<4xf32>
    %74 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %75 = stablehlo.broadcast_in_dim %74, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %76 = stablehlo.multiply %73, %75 : tensor<4xf32>
    %77 = stablehlo.add %71, %76 : tensor<4xf32>
    %78 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %79 = stablehlo.broadcast_in_dim %78, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %80 = stablehlo.multiply %77, %79 : tensor<4xf32>
    %81 = stablehlo.slice %47 [2:3:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %82 = stablehlo.reshape %81 : (tensor<1x4xf32>) -> tensor<4xf32>
    %83 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %84 = stablehlo.broadcast_in_dim %83, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %85 = stablehlo.multiply %82, %84 : tensor<4xf32>
    %86 = stablehlo.add %80, %85 : tensor<4xf32>
    %87 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %88 = stablehlo.broadcast_in_dim %87, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %89 = stablehlo.multiply %8, %88 : tensor<4xf32>
    %90 = stablehlo.slice %55 [0:1:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %91 = stablehlo.reshape %90 : (tensor<1x4xf32>) -> tensor<4xf32>
    %92 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %93 = stablehlo.broadcast_in_dim %92, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %94 = stablehlo.multiply %91, %93 : tensor<4xf32>
    %95 = stablehlo.add %89, %94 : tensor<4xf32>
    %96 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %97 = stablehlo.broadcast_in_dim %96, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %98 = stablehlo.multiply %95, %97 : tensor<4xf32>
    %99 = stablehlo.slice %55 [1:2:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %100 = stablehlo.reshape %99 : (tensor<1x4xf32>) -> tensor<4xf32>
    %101 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %102 = stablehlo.broadcast_in_dim %101, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %103 = stablehlo.multiply %100, %102 : tensor<4xf32>
    %104 = stablehlo.add %98, %103 : tensor<4xf32>
    %105 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %106 = stablehlo.broadcast_in_dim %105, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %107 = stablehlo.multiply %104, %106 : tensor<4xf32>
    %108 = stablehlo.slice %55 [2:3:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %109 = stablehlo.reshape %108 : (tensor<1x4xf32>) -> tensor<4xf32>
    %110 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %111 = stablehlo.broadcast_in_dim %110, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %112 = stablehlo.multiply %109, %111 : tensor<4xf32>
    %113 = stablehlo.add %107, %112 : tensor<4xf32>
    %114 = stablehlo.broadcast_in_dim %59, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %115 = stablehlo.multiply %49, %114 : tensor<3x2x8x8x4xf32>
    %116 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %117 = stablehlo.multiply %115, %116 : tensor<3x2x8x8x4xf32>
    %118 = stablehlo.broadcast_in_dim %6, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %119 = stablehlo.add %117, %118 : tensor<3x2x8x8x4xf32>
    %120 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %121 = stablehlo.broadcast_in_dim %120, dims = [] : (tensor<f32>) -> tensor<3x2x8x8x4xf32>
    %122 = stablehlo.maximum %119, %121 : tensor<3x2x8x8x4xf32>
    %123 = stablehlo.reshape %122 : (tensor<3x2x8x8x4xf32>) -> tensor<6x8x8x4xf32>
    %124 = stablehlo.convert %123 : (tensor<6x8x8x4xf32>) -> tensor<6x8x8x4xbf16>
    %125 = stablehlo.constant dense<0xFF80> : tensor<bf16>
    %126 = stablehlo.pad %124, %125, low = [0, 0, 0, 0], high = [0, 0, 0, 0], interior = [0, 0, 0, 0] : (tensor<6x8x8x4xbf16>, tensor<bf16>) -> tensor<6x8x8x4xbf16>
    %127 = stablehlo.slice %126 [0:6:1, 0:7:2, 0:7:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %128 = stablehlo.constant dense<0> : tensor<ui8>
    %129 = stablehlo.broadcast_in_dim %128, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %130 = stablehlo.slice %126 [0:6:1, 0:7:2, 1:8:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %131 = stablehlo.constant dense<1> : tensor<ui8>
    %132 = stablehlo.broadcast_in_dim %131, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %133 = stablehlo.compare GT, %130, %127, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %134 = stablehlo.compare NE, %130, %130, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %135 = stablehlo.or %133, %134 : tensor<6x4x4x4xi1>
    %136 = stablehlo.select %135, %130, %127 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xbf16>
    %137 = stablehlo.select %135, %132, %129 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xui8>
    %138 = stablehlo.slice %126 [0:6:1, 1:8:2, 0:7:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %139 = stablehlo.constant dense<2> : tensor<ui8>
    %140 = stablehlo.broadcast_in_dim %139, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %141 = stablehlo.compare GT, %138, %136, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %142 = stablehlo.compare NE, %138, %138, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %143 = stablehlo.or %141, %142 : tensor<6x4x4x4xi1>
    %144 = stablehlo.select %143, %138, %136 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xbf16>
    %145 = stablehlo.select %143, %140, %137 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xui8>
    %146 = stablehlo.slice %126 [0:6:1, 1:8:2, 1:8:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %147 = stablehlo.constant dense<3> : tensor<ui8>
    %148 = stablehlo.broadcast_in_dim %147, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %149 = stablehlo.compare GT, %146, %144, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %150 = stablehlo.compare NE, %146, %146, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %151 = stablehlo.or %149, %150 : tensor<6x4x4x4xi1>
    %152 = stablehlo.select %151, %146, %144 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xbf16>
    %153 = stablehlo.select %151, %148, %145 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xui8>
    %154 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %155 = stablehlo.convert %154 : (tensor<8x3x3x4xf32>) -> tensor<8x3x3x4xbf16>
    %156 = stablehlo.convolution(%152, %155) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x4x4x4xbf16>, tensor<8x3x3x4xbf16>) -> tensor<6x2x2x8xbf16>
    %157 = stablehlo.reshape %156 : (tensor<6x2x2x8xbf16>) -> tensor<3x2x2x2x8xbf16>
    %158 = stablehlo.convert %157 : (tensor<3x2x2x2x8xbf16>) -> tensor<3x2x2x2x8xf32>
    %159 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %160 = stablehlo.reduce(%158 init: %159) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %161 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %162 = stablehlo.broadcast_in_dim %161, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %163 = stablehlo.multiply %160, %162 : tensor<3x8xf32>
    %164 = stablehlo.broadcast_in_dim %163, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %165 = stablehlo.subtract %158, %164 : tensor<3x2x2x2x8xf32>
    %166 = stablehlo.multiply %165, %165 : tensor<3x2x2x2x8xf32>
    %167 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %168 = stablehlo.reduce(%166 init: %167) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %169 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %170 = stablehlo.broadcast_in_dim %169, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %171 = stablehlo.multiply %168, %170 : tensor<3x8xf32>
    %172 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %173 = stablehlo.broadcast_in_dim %172, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %174 = stablehlo.add %171, %173 : tensor<3x8xf32>
    %175 = stablehlo.rsqrt %174 : tensor<3x8xf32>
    %176 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %177 = stablehlo.broadcast_in_dim %176, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %178 = stablehlo.multiply %12, %177 : tensor<8xf32>
    %179 = stablehlo.slice %163 [0:1:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %180 = stablehlo.reshape %179 : (tensor<1x8xf32>) -> tensor<8xf32>
    %181 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %182 = stablehlo.broadcast_in_dim %181, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %183 = stablehlo.multiply %180, %182 : tensor<8xf32>
    %184 = stablehlo.add %178, %183 : tensor<8xf32>
    %185 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %186 = stablehlo.broadcast_in_dim %185, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %187 = stablehlo.multiply %184, %186 : tensor<8xf32>
    %188 = stablehlo.slice %163 [1:2:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %189 = stablehlo.reshape %188 : (tensor<1x8xf32>) -> tensor<8xf32>
    %190 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %191 = stablehlo.broadcast_in_dim %190, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %192 = stablehlo.multiply %189, %191 : tensor<8xf32>
    %193 = stablehlo.add %187, %192 : tensor<8xf32>
    %194 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %195 = stablehlo.broadcast_in_dim %194, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %196 = stablehlo.multiply %193, %195 : tensor<8xf32>
    %197 = stablehlo.slice %163 [2:3:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %198 = stablehlo.reshape %197 : (tensor<1x8xf32>) -> tensor<8xf32>
    %199 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %200 = stablehlo.broadcast_in_dim %199, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %201 = stablehlo.multiply %198, %200 : tensor<8xf32>
    %202 = stablehlo.add %196, %201 : tensor<8xf32>
    %203 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %204 = stablehlo.broadcast_in_dim %203, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %205 = stablehlo.multiply %13, %204 : tensor<8xf32>
    %206 = stablehlo.slice %171 [0:1:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %207 = stablehlo.reshape %206 : (tensor<1x8xf32>) -> tensor<8xf32>
    %208 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %209 = stablehlo.broadcast_in_dim %208, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %210 = stablehlo.multiply %207, %209 : tensor<8xf32>
    %211 = stablehlo.add %205, %210 : tensor<8xf32>
    %212 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %213 = stablehlo.broadcast_in_dim %212, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %214 = stablehlo.multiply %211, %213 : tensor<8xf32>
    %215 = stablehlo.slice %171 [1:2:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %216 = stablehlo.reshape %215 : (tensor<1x8xf32>) -> tensor<8xf32>
    %217 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %218 = stablehlo.broadcast_in_dim %217, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %219 = stablehlo.multiply %216, %218 : tensor<8xf32>
    %220 = stablehlo.add %214, %219 : tensor<8xf32>
    %221 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %222 = stablehlo.broadcast_in_dim %221, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %223 = stablehlo.multiply %220, %222 : tensor<8xf32>
    %224 = stablehlo.slice %171 [2:3:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %225 = stablehlo.reshape %224 : (tensor<1x8xf32>) -> tensor<8xf32>
    %226 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %227 = stablehlo.broadcast_in_dim %226, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %228 = stablehlo.multiply %225, %227 : tensor<8xf32>
    %229 = stablehlo.add %223, %228 : tensor<8xf32>
    %230 = stablehlo.broadcast_in_dim %175, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %231 = stablehlo.multiply %165, %230 : tensor<3x2x2x2x8xf32>
    %232 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<3x2x2x2x8xf32>
    %233 = stablehlo.multiply %231, %232 : tensor<3x2x2x2x8xf32>
    %234 = stablehlo.broadcast_in_dim %11, dims = [4] : (tensor<8xf32>) -> tensor<3x2x2x2x8xf32>
    %235 = stablehlo.add %233, %234 : tensor<3x2x2x2x8xf32>
    %236 = stablehlo.reshape %235 : (tensor<3x2x2x2x8xf32>) -> tensor<6x2x2x8xf32>
    %237 = stablehlo.convert %236 : (tensor<6x2x2x8xf32>) -> tensor<6x2x2x8xbf16>
    %238 = stablehlo.slice %152 [0:6:1, 0:3:2, 0:3:2, 0:4:1] : (tensor<6x4x4x4xbf16>) -> tensor<6x2x2x4xbf16>
    %239 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %240 = stablehlo.pad %238, %239, low = [0, 0, 0, 2], high = [0, 0, 0, 2], interior = [0, 0, 0, 0] : (tensor<6x2x2x4xbf16>, tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %241 = stablehlo.add %237, %240 : tensor<6x2x2x8xbf16>
    %242 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %243 = stablehlo.broadcast_in_dim %242, dims = [] : (tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %244 = stablehlo.maximum %241, %243 : tensor<6x2x2x8xbf16>
    %245 = stablehlo.convert %244 : (tensor<6x2x2x8xbf16>) -> tensor<6x2x2x8xf32>
    %246 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %247 = stablehlo.reduce(%245 init: %246) applies stablehlo.add across dimensions = [1, 2] : (tensor<6x2x2x8xf32>, tensor<f32>) -> tensor<6x8xf32>
    %248 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %249 = stablehlo.broadcast_in_dim %248, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %250 = stablehlo.multiply %247, %249 : tensor<6x8xf32>
    %251 = stablehlo.dot_general %250, %14, contracting_dims = [1] x [1] : (tensor<6x8xf32>, tensor<6x8xf32>) -> tensor<6x6xf32>
    %252 = stablehlo.reshape %251 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %253 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %254 = stablehlo.reduce(%252 init: %253) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %255 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %256 = stablehlo.broadcast_in_dim %255, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %257 = stablehlo.multiply %254, %256 : tensor<3x6xf32>
    %258 = stablehlo.broadcast_in_dim %257, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %259 = stablehlo.subtract %252, %258 : tensor<3x2x6xf32>
    %260 = stablehlo.multiply %259, %259 : tensor<3x2x6xf32>
    %261 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %262 = stablehlo.reduce(%260 init: %261) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %263 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %264 = stablehlo.broadcast_in_dim %263, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %265 = stablehlo.multiply %262, %264 : tensor<3x6xf32>
    %266 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %267 = stablehlo.broadcast_in_dim %266, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %268 = stablehlo.add %265, %267 : tensor<3x6xf32>
    %269 = stablehlo.rsqrt %268 : tensor<3x6xf32>
    %270 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %271 = stablehlo.broadcast_in_dim %270, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %272 = stablehlo.multiply %15, %271 : tensor<6xf32>
    %273 = stablehlo.slice %257 [0:1:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %274 = stablehlo.reshape %273 : (tensor<1x6xf32>) -> tensor<6xf32>
    %275 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %276 = stablehlo.broadcast_in_dim %275, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %277 = stablehlo.multiply %274, %276 : tensor<6xf32>
    %278 = stablehlo.add %272, %277 : tensor<6xf32>
    %279 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %280 = stablehlo.broadcast_in_dim %279, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %281 = stablehlo.multiply %278, %280 : tensor<6xf32>
    %282 = stablehlo.slice %257 [1:2:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %283 = stablehlo.reshape %282 : (tensor<1x6xf32>) -> tensor<6xf32>
    %284 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %285 = stablehlo.broadcast_in_dim %284, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %286 = stablehlo.multiply %283, %285 : tensor<6xf32>
    %287 = stablehlo.add %281, %286 : tensor<6xf32>
    %288 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %289 = stablehlo.broadcast_in_dim %288, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %290 = stablehlo.multiply %287, %289 : tensor<6xf32>
    %291 = stablehlo.slice %257 [2:3:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %292 = stablehlo.reshape %291 : (tensor<1x6xf32>) -> tensor<6xf32>
    %293 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %294 = stablehlo.broadcast_in_dim %293, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %295 = stablehlo.multiply %292, %294 : tensor<6xf32>
    %296 = stablehlo.add %290, %295 : tensor<6xf32>
    %297 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %298 = stablehlo.broadcast_in_dim %297, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %299 = stablehlo.multiply %16, %298 : tensor<6xf32>
    %300 = stablehlo.slice %265 [0:1:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %301 = stablehlo.reshape %300 : (tensor<1x6xf32>) -> tensor<6xf32>
    %302 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %303 = stablehlo.broadcast_in_dim %302, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %304 = stablehlo.multiply %301, %303 : tensor<6xf32>
    %305 = stablehlo.add %299, %304 : tensor<6xf32>
    %306 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %307 = stablehlo.broadcast_in_dim %306, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %308 = stablehlo.multiply %305, %307 : tensor<6xf32>
    %309 = stablehlo.slice %265 [1:2:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %310 = stablehlo.reshape %309 : (tensor<1x6xf32>) -> tensor<6xf32>
    %311 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %312 = stablehlo.broadcast_in_dim %311, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %313 = stablehlo.multiply %310, %312 : tensor<6xf32>
    %314 = stablehlo.add %308, %313 : tensor<6xf32>
    %315 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %316 = stablehlo.broadcast_in_dim %315, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %317 = stablehlo.multiply %314, %316 : tensor<6xf32>
    %318 = stablehlo.slice %265 [2:3:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %319 = stablehlo.reshape %318 : (tensor<1x6xf32>) -> tensor<6xf32>
    %320 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %321 = stablehlo.broadcast_in_dim %320, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %322 = stablehlo.multiply %319, %321 : tensor<6xf32>
    %323 = stablehlo.add %317, %322 : tensor<6xf32>
    %324 = stablehlo.broadcast_in_dim %269, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %325 = stablehlo.multiply %259, %324 : tensor<3x2x6xf32>
    %326 = stablehlo.reshape %325 : (tensor<3x2x6xf32>) -> tensor<6x6xf32>
    %327 = stablehlo.dot_general %326, %17, contracting_dims = [1] x [1] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    %328 = stablehlo.broadcast_in_dim %18, dims = [1] : (tensor<6xf32>) -> tensor<6x6xf32>
    %329 = stablehlo.add %327, %328 : tensor<6x6xf32>
    %330 = stablehlo.reshape %329 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %331 = stablehlo.reshape %326 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %332 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %333 = stablehlo.reduce(%331 init: %332) applies stablehlo.add across dimensions = [0] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %334 = stablehlo.broadcast_in_dim %333, dims = [1, 2] : (tensor<2x6xf32>) -> tensor<3x2x6xf32>
    %335 = stablehlo.subtract %334, %331 : tensor<3x2x6xf32>
    %336 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %337 = stablehlo.broadcast_in_dim %336, dims = [] : (tensor<f32>) -> tensor<3x2x6xf32>
    %338 = stablehlo.multiply %335, %337 : tensor<3x2x6xf32>
    %339 = stablehlo.multiply %330, %330 : tensor<3x2x6xf32>
    %340 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %341 = stablehlo.reduce(%339 init: %340) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %342 = stablehlo.sqrt %341 : tensor<3x2xf32>
    %343 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %344 = stablehlo.broadcast_in_dim %343, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %345 = stablehlo.maximum %342, %344 : tensor<3x2xf32>
    %346 = stablehlo.multiply %338, %338 : tensor<3x2x6xf32>
    %347 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %348 = stablehlo.reduce(%346 init: %347) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %349 = stablehlo.sqrt %348 : tensor<3x2xf32>
    %350 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %351 = stablehlo.broadcast_in_dim %350, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %352 = stablehlo.maximum %349, %351 : tensor<3x2xf32>
    %353 = stablehlo.multiply %345, %352 : tensor<3x2xf32>
    %354 = stablehlo.multiply %330, %338 : tensor<3x2x6xf32>
    %355 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %356 = stablehlo.reduce(%354 init: %355) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %357 = stablehlo.divide %356, %353 : tensor<3x2xf32>
    %358 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %359 = stablehlo.reduce(%357 init: %358) applies stablehlo.add across dimensions = [0, 1] : (tensor<3x2xf32>, tensor<f32>) -> tensor<f32>
    %360 = stablehlo.constant dense<0x3E2AAAAB> : tensor<f32>
    %361 = stablehlo.multiply %359, %360 : tensor<f32>
    %362 = stablehlo.negate %361 : tensor<f32>
    %363 = stablehlo.reshape %326 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %364 = stablehlo.multiply %363, %363 : tensor<3x2x6xf32>
    %365 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %366 = stablehlo.reduce(%364 init: %365) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %367 = stablehlo.sqrt %366 : tensor<3x2xf32>
    %368 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %369 = stablehlo.broadcast_in_dim %368, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %370 = stablehlo.maximum %367, %369 : tensor<3x2xf32>
    %371 = stablehlo.broadcast_in_dim %370, dims = [0, 1] : (tensor<3x2xf32>) -> tensor<3x2x6xf32>
    %372 = stablehlo.divide %363, %371 : tensor<3x2x6xf32>
    %373 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %374 = stablehlo.reduce(%372 init: %373) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %375 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %376 = stablehlo.broadcast_in_dim %375, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %377 = stablehlo.multiply %374, %376 : tensor<3x6xf32>
    %378 = stablehlo.broadcast_in_dim %377, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %379 = stablehlo.subtract %372, %378 : tensor<3x2x6xf32>
    %380 = stablehlo.multiply %379, %379 : tensor<3x2x6xf32>
    %381 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %382 = stablehlo.reduce(%380 init: %381) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %383 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %384 = stablehlo.broadcast_in_dim %383, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %385 = stablehlo.multiply %382, %384 : tensor<3x6xf32>
    %386 = stablehlo.sqrt %385 : tensor<3x6xf32>
    %387 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %388 = stablehlo.reduce(%386 init: %387) applies stablehlo.add across dimensions = [0, 1] : (tensor<3x6xf32>, tensor<f32>) -> tensor<f32>
    %389 = stablehlo.constant dense<0x3D638E39> : tensor<f32>
    %390 = stablehlo.multiply %388, %389 : tensor<f32>
    %391 = stablehlo.constant dense<0x401CC471> : tensor<f32>
    %392 = stablehlo.multiply %390, %391 : tensor<f32>
    %393 = stablehlo.reshape %362 : (tensor<f32>) -> tensor<1xf32>
    %394 = stablehlo.reshape %392 : (tensor<f32>) -> tensor<1xf32>
    %395 = stablehlo.concatenate %393, %394, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %396 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %397 = stablehlo.broadcast_in_dim %396, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %398 = stablehlo.slice %397 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %399 = stablehlo.reshape %398 : (tensor<1xf32>) -> tensor<f32>
    %400 = stablehlo.constant dense<0xBE2AAAAB> : tensor<f32>
    %401 = stablehlo.multiply %399, %400 : tensor<f32>
    %402 = stablehlo.reshape %329 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %403 = stablehlo.reshape %326 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %404 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %405 = stablehlo.reduce(%403 init: %404) applies stablehlo.add across dimensions = [0] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %406 = stablehlo.broadcast_in_dim %405, dims = [1, 2] : (tensor<2x6xf32>) -> tensor<3x2x6xf32>
    %407 = stablehlo.subtract %406, %403 : tensor<3x2x6xf32>
    %408 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %409 = stablehlo.broadcast_in_dim %408, dims = [] : (tensor<f32>) -> tensor<3x2x6xf32>
    %410 = stablehlo.multiply %407, %409 : tensor<3x2x6xf32>
    %411 = stablehlo.multiply %402, %402 : tensor<3x2x6xf32>
    %412 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %413 = stablehlo.reduce(%411 init: %412) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %414 = stablehlo.sqrt %413 : tensor<3x2xf32>
    %415 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %416 = stablehlo.broadcast_in_dim %415, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %417 = stablehlo.maximum %414, %416 : tensor<3x2xf32>
    %418 = stablehlo.multiply %410, %410 : tensor<3x2x6xf32>
    %419 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %420 = stablehlo.reduce(%418 init: %419) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %421 = stablehlo.sqrt %420 : tensor<3x2xf32>
    %422 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %423 = stablehlo.broadcast_in_dim %422, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %424 = stablehlo.maximum %421, %423 : tensor<3x2xf32>
    %425 = stablehlo.multiply %417, %424 : tensor<3x2xf32>
    %426 = stablehlo.multiply %402, %410 : tensor<3x2x6xf32>
    %427 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %428 = stablehlo.reduce(%426 init: %427) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %429 = stablehlo.divide %428, %425 : tensor<3x2xf32>
    %430 = stablehlo.broadcast_in_dim %425, dims = [0, 1] : (tensor<3x2xf32>) -> tensor<3x2x6xf32>
    %431 = stablehlo.divide %410, %430 : tensor<3x2x6xf32>
    %432 = stablehlo.multiply %417, %417 : tensor<3x2xf32>
    %433 = stablehlo.divide %429, %432 : tensor<3x2xf32>
    %434 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %435 = stablehlo.broadcast_in_dim %434, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %436 = stablehlo.compare GT, %417, %435, FLOAT : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xi1>
    %437 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %438 = stablehlo.broadcast_in_dim %437, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %439 = stablehlo.select %436, %433, %438 : tensor<3x2xi1>, tensor<3x2xf32>
    %440 = stablehlo.broadcast_in_dim %439, dims = [0, 1] : (tensor<3x2xf32>) -> tensor<3x2x6xf32>
    %441 = stablehlo.multiply %402, %440 : tensor<3x2x6xf32>
    %442 = stablehlo.subtract %431, %441 : tensor<3x2x6xf32>
    %443 = stablehlo.broadcast_in_dim %401, dims = [] : (tensor<f32>) -> tensor<3x2x6xf32>
    %444 = stablehlo.multiply %442, %443 : tensor<3x2x6xf32>
    %445 = stablehlo.reshape %444 : (tensor<3x2x6xf32>) -> tensor<6x6xf32>
    %446 = stablehlo.dot_general %445, %326, contracting_dims = [0] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    %447 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %448 = stablehlo.reduce(%445 init: %447) applies stablehlo.add across dimensions = [0] : (tensor<6x6xf32>, tensor<f32>) -> tensor<6xf32>
    %449 = stablehlo.dot_general %445, %17, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    %450 = stablehlo.add %35, %446 : tensor<6x6xf32>
    %451 = stablehlo.add %36, %448 : tensor<6xf32>
    %452 = stablehlo.reshape %449 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %453 = stablehlo.reshape %251 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %454 = stablehlo.broadcast_in_dim %257, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %455 = stablehlo.subtract %453, %454 : tensor<3x2x6xf32>
    %456 = stablehlo.broadcast_in_dim %269, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %457 = stablehlo.multiply %455, %456 : tensor<3x2x6xf32>
    %458 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %459 = stablehlo.reduce(%452 init: %458) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %460 = stablehlo.multiply %452, %457 : tensor<3x2x6xf32>
    %461 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %462 = stablehlo.reduce(%460 init: %461) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %463:2 = stablehlo.optimization_barrier %459, %462 : tensor<3x6xf32>, tensor<3x6xf32>
    %464 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %465 = stablehlo.broadcast_in_dim %464, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %466 = stablehlo.multiply %463#0, %465 : tensor<3x6xf32>
    %467 = stablehlo.broadcast_in_dim %466, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %468 = stablehlo.subtract %452, %467 : tensor<3x2x6xf32>
    %469 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %470 = stablehlo.broadcast_in_dim %469, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %471 = stablehlo.multiply %463#1, %470 : tensor<3x6xf32>
    %472 = stablehlo.broadcast_in_dim %471, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %473 = stablehlo.multiply %457, %472 : tensor<3x2x6xf32>
    %474 = stablehlo.subtract %468, %473 : tensor<3x2x6xf32>
    %475 = stablehlo.multiply %474, %456 : tensor<3x2x6xf32>
    %476 = stablehlo.reshape %475 : (tensor<3x2x6xf32>) -> tensor<6x6xf32>
    %477 = stablehlo.dot_general %476, %250, contracting_dims = [0] x [0] : (tensor<6x6xf32>, tensor<6x8xf32>) -> tensor<6x8xf32>
    %478 = stablehlo.dot_general %476, %14, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x8xf32>) -> tensor<6x8xf32>
    %479 = stablehlo.add %34, %477 : tensor<6x8xf32>
    %480 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %481 = stablehlo.broadcast_in_dim %480, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %482 = stablehlo.multiply %478, %481 : tensor<6x8xf32>
    %483 = stablehlo.broadcast_in_dim %482, dims = [0, 3] : (tensor<6x8xf32>) -> tensor<6x2x2x8xf32>
    %484 = stablehlo.convert %483 : (tensor<6x2x2x8xf32>) -> tensor<6x2x2x8xbf16>
    %485 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %486 = stablehlo.broadcast_in_dim %485, dims = [] : (tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %487 = stablehlo.compare GT, %244, %486, FLOAT : (tensor<6x2x2x8xbf16>, tensor<6x2x2x8xbf16>) -> tensor<6x2x2x8xi1>
    %488 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %489 = stablehlo.broadcast_in_dim %488, dims = [] : (tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %490 = stablehlo.select %487, %484, %489 : tensor<6x2x2x8xi1>, tensor<6x2x2x8xbf16>
    %491 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %492 = stablehlo.pad %490, %491, low = [0, 0, 0, -2], high = [0, 1, 1, -2], interior = [0, 1, 1, 0] : (tensor<6x2x2x8xbf16>, tensor<bf16>) -> tensor<6x4x4x4xbf16>
    %493 = stablehlo.reshape %490 : (tensor<6x2x2x8xbf16>) -> tensor<3x2x2x2x8xbf16>
    %494 = stablehlo.convert %493 : (tensor<3x2x2x2x8xbf16>) -> tensor<3x2x2x2x8xf32>
    %495 = stablehlo.reshape %156 : (tensor<6x2x2x8xbf16>) -> tensor<3x2x2x2x8xbf16>
    %496 = stablehlo.convert %495 : (tensor<3x2x2x2x8xbf16>) -> tensor<3x2x2x2x8xf32>
    %497 = stablehlo.broadcast_in_dim %163, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %498 = stablehlo.subtract %496, %497 : tensor<3x2x2x2x8xf32>
    %499 = stablehlo.broadcast_in_dim %175, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %500 = stablehlo.multiply %498, %499 : tensor<3x2x2x2x8xf32>
    %501 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %502 = stablehlo.reduce(%494 init: %501) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %503 = stablehlo.multiply %494, %500 : tensor<3x2x2x2x8xf32>
    %504 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %505 = stablehlo.reduce(%503 init: %504) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %506:2 = stablehlo.optimization_barrier %502, %505 : tensor<3x8xf32>, tensor<3x8xf32>
    %507 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %508 = stablehlo.reduce(%506#1 init: %507) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32>
    %509 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %510 = stablehlo.reduce(%506#0 init: %509) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32>
    %511 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %512 = stablehlo.broadcast_in_dim %511, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %513 = stablehlo.multiply %506#0, %512 : tensor<3x8xf32>
    %514 = stablehlo.broadcast_in_dim %513, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %515 = stablehlo.subtract %494, %514 : tensor<3x2x2x2x8xf32>
    %516 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %517 = stablehlo.broadcast_in_dim %516, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %518 = stablehlo.multiply %506#1, %517 : tensor<3x8xf32>
    %519 = stablehlo.broadcast_in_dim %518, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %520 = stablehlo.multiply %500, %519 : tensor<3x2x2x2x8xf32>
    %521 = stablehlo.subtract %515, %520 : tensor<3x2x2x2x8xf32>
    %522 = stablehlo.multiply %521, %499 : tensor<3x2x2x2x8xf32>
    %523 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<3x2x2x2x8xf32>
    %524 = stablehlo.multiply %522, %523 : tensor<3x2x2x2x8xf32>
    %525 = stablehlo.reshape %524 : (tensor<3x2x2x2x8xf32>) -> tensor<6x2x2x8xf32>
    %526 = stablehlo.convert %525 : (tensor<6x2x2x8xf32>) -> tensor<6x2x2x8xbf16>
    %527 = stablehlo.add %32, %508 : tensor<8xf32>
    %528 = stablehlo.add %33, %510 : tensor<8xf32>
    %529 = stablehlo.convolution(%152, %526) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x4x4x4xbf16>, tensor<6x2x2x8xbf16>) -> tensor<3x3x4x8xf32>
    %530 = stablehlo.transpose %529, dims = [3, 2, 0, 1] : (tensor<3x3x4x8xf32>) -> tensor<8x4x3x3xf32>
    %531 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %532 = stablehlo.convert %531 : (tensor<8x3x3x4xf32>) -> tensor<8x3x3x4xbf16>
    %533 = stablehlo.reverse %532, dims = [1, 2] : tensor<8x3x3x4xbf16>
    %534 = stablehlo.convolution(%526, %533) dim_numbers = [b, 0, 1, f]x[i, 0, 1, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x2x2x8xbf16>, tensor<8x3x3x4xbf16>) -> tensor<6x4x4x4xbf16>
    %535 = stablehlo.add %492, %534 : tensor<6x4x4x4xbf16>
    %536 = stablehlo.add %31, %530 : tensor<8x4x3x3xf32>
    %537 = stablehlo.convert %535 : (tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xf32>
    %538 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %539 = stablehlo.broadcast_in_dim %538, dims = [] : (tensor<f32>) -> tensor<6x4x4x4xf32>
    %540 = stablehlo.constant dense<0> : tensor<ui8>
    %541 = stablehlo.broadcast_in_dim %540, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %542 = stablehlo.compare EQ, %153, %541, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %543 = stablehlo.select %542, %537, %539 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %544 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %545 = stablehlo.pad %543, %544, low = [0, 0, 0, 0], high = [0, 1, 1, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %546 = stablehlo.constant dense<1> : tensor<ui8>
    %547 = stablehlo.broadcast_in_dim %546, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %548 = stablehlo.compare EQ, %153, %547, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %549 = stablehlo.select %548, %537, %539 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %550 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %551 = stablehlo.pad %549, %550, low = [0, 0, 1, 0], high = [0, 1, 0, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %552 = stablehlo.add %545, %551 : tensor<6x8x8x4xf32>
    %553 = stablehlo.constant dense<2> : tensor<ui8>
    %554 = stablehlo.broadcast_in_dim %553, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %555 = stablehlo.compare EQ, %153, %554, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %556 = stablehlo.select %555, %537, %539 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %557 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %558 = stablehlo.pad %556, %557, low = [0, 1, 0, 0], high = [0, 0, 1, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %559 = stablehlo.add %552, %558 : tensor<6x8x8x4xf32>
    %560 = stablehlo.constant dense<3> : tensor<ui8>
    %561 = stablehlo.broadcast_in_dim %560, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %562 = stablehlo.compare EQ, %153, %561, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %563 = stablehlo.select %562, %537, %539 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %564 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %565 = stablehlo.pad %563, %564, low = [0, 1, 1, 0], high = [0, 0, 0, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %566 = stablehlo.add %559, %565 : tensor<6x8x8x4xf32>
    %567 = stablehlo.convert %566 : (tensor<6x8x8x4xf32>) -> tensor<6x8x8x4xbf16>
    %568 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %569 = stablehlo.broadcast_in_dim %568, dims = [] : (tensor<bf16>) -> tensor<6x8x8x4xbf16>
    %570 = stablehlo.compare GT, %124, %569, FLOAT : (tensor<6x8x8x4xbf16>, tensor<6x8x8x4xbf16>) -> tensor<6x8x8x4xi1>
    %571 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %572 = stablehlo.broadcast_in_dim %571, dims = [] : (tensor<bf16>) -> tensor<6x8x8x4xbf16>
    %573 = stablehlo.select %570, %567, %572 : tensor<6x8x8x4xi1>, tensor<6x8x8x4xbf16>
    %574 = stablehlo.reshape %573 : (tensor<6x8x8x4xbf16>) -> tensor<3x2x8x8x4xbf16>
    %575 = stablehlo.convert %574 : (tensor<3x2x8x8x4xbf16>) -> tensor<3x2x8x8x4xf32>
    %576 = stablehlo.reshape %40 : (tensor<6x8x8x4xbf16>) -> tensor<3x2x8x8x4xbf16>
    %577 = stablehlo.convert %576 : (tensor<3x2x8x8x4xbf16>) -> tensor<3x2x8x8x4xf32>
    %578 = stablehlo.broadcast_in_dim %47, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %579 = stablehlo.subtract %577, %578 : tensor<3x2x8x8x4xf32>
    %580 = stablehlo.broadcast_in_dim %59, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %581 = stablehlo.multiply %579, %580 : tensor<3x2x8x8x4xf32>
    %582 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %583 = stablehlo.reduce(%575 init: %582) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %584 = stablehlo.multiply %575, %581 : tensor<3x2x8x8x4xf32>
    %585 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %586 = stablehlo.reduce(%584 init: %585) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %587:2 = stablehlo.optimization_barrier %583, %586 : tensor<3x4xf32>, tensor<3x4xf32>
    %588 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %589 = stablehlo.reduce(%587#1 init: %588) applies stablehlo.add across dimensions = [0] : (tensor<3x4xf32>, tensor<f32>) -> tensor<4xf32>
    %590 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %591 = stablehlo.reduce(%587#0 init: %590) applies stablehlo.add across dimensions = [0] : (tensor<3x4xf32>, tensor<f32>) -> tensor<4xf32>
    %592 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %593 = stablehlo.broadcast_in_dim %592, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %594 = stablehlo.multiply %587#0, %593 : tensor<3x4xf32>
    %595 = stablehlo.broadcast_in_dim %594, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %596 = stablehlo.subtract %575, %595 : tensor<3x2x8x8x4xf32>
    %597 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %598 = stablehlo.broadcast_in_dim %597, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %599 = stablehlo.multiply %587#1, %598 : tensor<3x4xf32>
    %600 = stablehlo.broadcast_in_dim %599, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %601 = stablehlo.multiply %581, %600 : tensor<3x2x8x8x4xf32>
    %602 = stablehlo.subtract %596, %601 : tensor<3x2x8x8x4xf32>
    %603 = stablehlo.multiply %602, %580 : tensor<3x2x8x8x4xf32>
    %604 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %605 = stablehlo.multiply %603, %604 : tensor<3x2x8x8x4xf32>
    %606 = stablehlo.reshape %605 : (tensor<3x2x8x8x4xf32>) -> tensor<6x8x8x4xf32>
    %607 = stablehlo.convert %606 : (tensor<6x8x8x4xf32>) -> tensor<6x8x8x4xbf16>
    %608 = stablehlo.add %29, %589 : tensor<4xf32>
    %609 = stablehlo.add %30, %591 : tensor<4xf32>
    %610 = stablehlo.convert %607 : (tensor<6x8x8x4xbf16>) -> tensor<6x8x8x4xf32>
    %611 = stablehlo.convolution(%38, %610) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x8x8x3xf32>, tensor<6x8x8x4xf32>) -> tensor<3x3x3x4xf32>
    %612 = stablehlo.transpose %611, dims = [3, 2, 0, 1] : (tensor<3x3x3x4xf32>) -> tensor<4x3x3x3xf32>
    %613 = stablehlo.add %28, %612 : tensor<4x3x3x3xf32>
    %614 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %615 = stablehlo.broadcast_in_dim %614, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %616 = stablehlo.multiply %395, %615 : tensor<2xf32>
    %617 = stablehlo.add %37, %616 : tensor<2xf32>
    %618 = stablehlo.slice %617 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %619 = stablehlo.reshape %618 : (tensor<1xf32>) -> tensor<f32>
    %620 = stablehlo.is_finite %619 : (tensor<f32>) -> tensor<i1>
    %621 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %622 = stablehlo.broadcast_in_dim %621, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %623 = stablehlo.multiply %4, %622 : tensor<4x3x3x3xf32>
    %624 = stablehlo.add %613, %623 : tensor<4x3x3x3xf32>
    %625 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %626 = stablehlo.broadcast_in_dim %625, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %627 = stablehlo.multiply %19, %626 : tensor<4x3x3x3xf32>
    %628 = stablehlo.add %627, %624 : tensor<4x3x3x3xf32>
    %629 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %630 = stablehlo.multiply %628, %629 : tensor<4x3x3x3xf32>
    %631 = stablehlo.subtract %4, %630 : tensor<4x3x3x3xf32>
    %632 = stablehlo.select %620, %631, %4 : tensor<i1>, tensor<4x3x3x3xf32>
    %633 = stablehlo.select %620, %628, %19 : tensor<i1>, tensor<4x3x3x3xf32>
    %634 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %635 = stablehlo.broadcast_in_dim %634, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %636 = stablehlo.multiply %5, %635 : tensor<4xf32>
    %637 = stablehlo.add %608, %636 : tensor<4xf32>
    %638 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %639 = stablehlo.broadcast_in_dim %638, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %640 = stablehlo.multiply %20, %639 : tensor<4xf32>
    %641 = stablehlo.add %640, %637 : tensor<4xf32>
    %642 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %643 = stablehlo.multiply %641, %642 : tensor<4xf32>
    %644 = stablehlo.subtract %5, %643 : tensor<4xf32>
    %645 = stablehlo.select %620, %644, %5 : tensor<i1>, tensor<4xf32>
    %646 = stablehlo.select %620, %641, %20 : tensor<i1>, tensor<4xf32>
    %647 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %648 = stablehlo.broadcast_in_dim %647, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %649 = stablehlo.multiply %6, %648 : tensor<4xf32>
    %650 = stablehlo.add %609, %649 : tensor<4xf32>
    %651 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %652 = stablehlo.broadcast_in_dim %651, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %653 = stablehlo.multiply %21, %652 : tensor<4xf32>
    %654 = stablehlo.add %653, %650 : tensor<4xf32>
    %655 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %656 = stablehlo.multiply %654, %655 : tensor<4xf32>
    %657 = stablehlo.subtract %6, %656 : tensor<4xf32>
    %658 = stablehlo.select %620, %657, %6 : tensor<i1>, tensor<4xf32>
    %659 = stablehlo.select %620, %654, %21 : tensor<i1>, tensor<4xf32>
    %660 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %661 = stablehlo.broadcast_in_dim %660, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %662 = stablehlo.multiply %9, %661 : tensor<8x4x3x3xf32>
    %663 = stablehlo.add %536, %662 : tensor<8x4x3x3xf32>
    %664 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %665 = stablehlo.broadcast_in_dim %664, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %666 = stablehlo.multiply %22, %665 : tensor<8x4x3x3xf32>
    %667 = stablehlo.add %666, %663 : tensor<8x4x3x3xf32>
    %668 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %669 = stablehlo.multiply %667, %668 : tensor<8x4x3x3xf32>
    %670 = stablehlo.subtract %9, %669 : tensor<8x4x3x3xf32>
    %671 = stablehlo.select %620, %670, %9 : tensor<i1>, tensor<8x4x3x3xf32>
    %672 = stablehlo.select %620, %667, %22 : tensor<i1>, tensor<8x4x3x3xf32>
    %673 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %674 = stablehlo.broadcast_in_dim %673, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %675 = stablehlo.multiply %10, %674 : tensor<8xf32>
    %676 = stablehlo.add %527, %675 : tensor<8xf32>
    %677 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %678 = stablehlo.broadcast_in_dim %677, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %679 = stablehlo.multiply %23, %678 : tensor<8xf32>
    %680 = stablehlo.add %679, %676 : tensor<8xf32>
    %681 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %682 = stablehlo.multiply %680, %681 : tensor<8xf32>
    %683 = stablehlo.subtract %10, %682 : tensor<8xf32>
    %684 = stablehlo.select %620, %683, %10 : tensor<i1>, tensor<8xf32>
    %685 = stablehlo.select %620, %680, %23 : tensor<i1>, tensor<8xf32>
    %686 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %687 = stablehlo.broadcast_in_dim %686, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %688 = stablehlo.multiply %11, %687 : tensor<8xf32>
    %689 = stablehlo.add %528, %688 : tensor<8xf32>
    %690 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %691 = stablehlo.broadcast_in_dim %690, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %692 = stablehlo.multiply %24, %691 : tensor<8xf32>
    %693 = stablehlo.add %692, %689 : tensor<8xf32>
    %694 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %695 = stablehlo.multiply %693, %694 : tensor<8xf32>
    %696 = stablehlo.subtract %11, %695 : tensor<8xf32>
    %697 = stablehlo.select %620, %696, %11 : tensor<i1>, tensor<8xf32>
    %698 = stablehlo.select %620, %693, %24 : tensor<i1>, tensor<8xf32>
    %699 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %700 = stablehlo.broadcast_in_dim %699, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %701 = stablehlo.multiply %14, %700 : tensor<6x8xf32>
    %702 = stablehlo.add %479, %701 : tensor<6x8xf32>
    %703 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %704 = stablehlo.broadcast_in_dim %703, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %705 = stablehlo.multiply %25, %704 : tensor<6x8xf32>
    %706 = stablehlo.add %705, %702 : tensor<6x8xf32>
    %707 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %708 = stablehlo.multiply %706, %707 : tensor<6x8xf32>
    %709 = stablehlo.subtract %14, %708 : tensor<6x8xf32>
    %710 = stablehlo.select %620, %709, %14 : tensor<i1>, tensor<6x8xf32>
    %711 = stablehlo.select %620, %706, %25 : tensor<i1>, tensor<6x8xf32>
    %712 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %713 = stablehlo.broadcast_in_dim %712, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %714 = stablehlo.multiply %17, %713 : tensor<6x6xf32>
    %715 = stablehlo.add %450, %714 : tensor<6x6xf32>
    %716 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %717 = stablehlo.broadcast_in_dim %716, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %718 = stablehlo.multiply %26, %717 : tensor<6x6xf32>
    %719 = stablehlo.add %718, %715 : tensor<6x6xf32>
    %720 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %721 = stablehlo.multiply %719, %720 : tensor<6x6xf32>
    %722 = stablehlo.subtract %17, %721 : tensor<6x6xf32>
    %723 = stablehlo.select %620, %722, %17 : tensor<i1>, tensor<6x6xf32>
    %724 = stablehlo.select %620, %719, %26 : tensor<i1>, tensor<6x6xf32>
    %725 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %726 = stablehlo.broadcast_in_dim %725, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %727 = stablehlo.multiply %18, %726 : tensor<6xf32>
    %728 = stablehlo.add %451, %727 : tensor<6xf32>
    %729 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %730 = stablehlo.broadcast_in_dim %729, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %731 = stablehlo.multiply %27, %730 : tensor<6xf32>
    %732 = stablehlo.add %731, %728 : tensor<6xf32>
    %733 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %734 = stablehlo.multiply %732, %733 : tensor<6xf32>
    %735 = stablehlo.subtract %18, %734 : tensor<6xf32>
    %736 = stablehlo.select %620, %735, %18 : tensor<i1>, tensor<6xf32>
    %737 = stablehlo.select %620, %732, %27 : tensor<i1>, tensor<6xf32>
    %738 = stablehlo.concatenate %86, %113, %202, %229, %296, %323, dim = 0 : (tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<36xf32>
    %739 = stablehlo.iota dim = 0 : tensor<36xi32>
    %740 = stablehlo.constant dense<36> : tensor<i32>
    %741 = stablehlo.broadcast_in_dim %740, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %742 = stablehlo.is_finite %738 : (tensor<36xf32>) -> tensor<36xi1>
    %743 = stablehlo.select %742, %741, %739 : tensor<36xi1>, tensor<36xi32>
    %744 = stablehlo.constant dense<2147483647> : tensor<i32>
    %745 = stablehlo.reduce(%743 init: %744) applies stablehlo.minimum across dimensions = [0] : (tensor<36xi32>, tensor<i32>) -> tensor<i32>
    %746 = stablehlo.broadcast_in_dim %745, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %747 = stablehlo.compare EQ, %739, %746, SIGNED : (tensor<36xi32>, tensor<36xi32>) -> tensor<36xi1>
    %748 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %749 = stablehlo.broadcast_in_dim %748, dims = [] : (tensor<f32>) -> tensor<36xf32>
    %750 = stablehlo.select %747, %738, %749 : tensor<36xi1>, tensor<36xf32>
    %751 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %752 = stablehlo.reduce(%750 init: %751) applies stablehlo.add across dimensions = [0] : (tensor<36xf32>, tensor<f32>) -> tensor<f32>
    %753 = stablehlo.convert %745 : (tensor<i32>) -> tensor<f32>
    %754 = stablehlo.reshape %753 : (tensor<f32>) -> tensor<1xf32>
    %755 = stablehlo.reshape %752 : (tensor<f32>) -> tensor<1xf32>
    %756 = stablehlo.concatenate %617, %754, %755, dim = 0 : (tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
    %757 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %758 = stablehlo.broadcast_in_dim %757, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %759 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %760 = stablehlo.broadcast_in_dim %759, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %761 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %762 = stablehlo.broadcast_in_dim %761, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %763 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %764 = stablehlo.broadcast_in_dim %763, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %765 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %766 = stablehlo.broadcast_in_dim %765, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %767 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %768 = stablehlo.broadcast_in_dim %767, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %769 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %770 = stablehlo.broadcast_in_dim %769, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %771 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %772 = stablehlo.broadcast_in_dim %771, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %773 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %774 = stablehlo.broadcast_in_dim %773, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %775 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %776 = stablehlo.broadcast_in_dim %775, dims = [] : (tensor<f32>) -> tensor<2xf32>
    return %756, %632, %645, %658, %86, %113, %671, %684, %697, %202, %229, %710, %296, %323, %723, %736, %633, %646, %659, %672, %685, %698, %711, %724, %737, %758, %760, %762, %764, %766, %768, %770, %772, %774, %776, %326 : tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<2xf32>, tensor<6x6xf32>
  }
}
