module @simsiam {
  func.func public @main(%1: tensor<6x3x8x8xf32>, %2: tensor<f32>, %3: tensor<f32>, %4: tensor<4x3x3x3xf32> {tf.aliasing_output = 1 : i32}, %5: tensor<4xf32> {tf.aliasing_output = 2 : i32}, %6: tensor<4xf32> {tf.aliasing_output = 3 : i32}, %7: tensor<4xf32> {tf.aliasing_output = 4 : i32}, %8: tensor<4xf32> {tf.aliasing_output = 5 : i32}, %9: tensor<8x4x3x3xf32> {tf.aliasing_output = 6 : i32}, %10: tensor<8xf32> {tf.aliasing_output = 7 : i32}, %11: tensor<8xf32> {tf.aliasing_output = 8 : i32}, %12: tensor<8xf32> {tf.aliasing_output = 9 : i32}, %13: tensor<8xf32> {tf.aliasing_output = 10 : i32}, %14: tensor<6x8xf32> {tf.aliasing_output = 11 : i32}, %15: tensor<6xf32> {tf.aliasing_output = 12 : i32}, %16: tensor<6xf32> {tf.aliasing_output = 13 : i32}, %17: tensor<6x6xf32> {tf.aliasing_output = 14 : i32}, %18: tensor<6xf32> {tf.aliasing_output = 15 : i32}, %19: tensor<4x3x3x3xf32> {tf.aliasing_output = 16 : i32}, %20: tensor<4xf32> {tf.aliasing_output = 17 : i32}, %21: tensor<4xf32> {tf.aliasing_output = 18 : i32}, %22: tensor<8x4x3x3xf32> {tf.aliasing_output = 19 : i32}, %23: tensor<8xf32> {tf.aliasing_output = 20 : i32}, %24: tensor<8xf32> {tf.aliasing_output = 21 : i32}, %25: tensor<6x8xf32> {tf.aliasing_output = 22 : i32}, %26: tensor<6x6xf32> {tf.aliasing_output = 23 : i32}, %27: tensor<6xf32> {tf.aliasing_output = 24 : i32}, %28: tensor<4x3x3x3xf32> {tf.aliasing_output = 25 : i32}, %29: tensor<4xf32> {tf.aliasing_output = 26 : i32}, %30: tensor<4xf32> {tf.aliasing_output = 27 : i32}, %31: tensor<8x4x3x3xf32> {tf.aliasing_output = 28 : i32}, %32: tensor<8xf32> {tf.aliasing_output = 29 : i32}, %33: tensor<8xf32> {tf.aliasing_output = 30 : i32}, %34: tensor<6x8xf32> {tf.aliasing_output = 31 : i32}, %35: tensor<6x6xf32> {tf.aliasing_output = 32 : i32}, %36: tensor<6xf32> {tf.aliasing_output = 33 : i32}, %37: tensor<2xf32> {tf.aliasing_output = 34 : i32}) -> (tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<2xf32>, tensor<6x6xf32>) {
    %38 = stablehlo.transpose %1, dims = [0, 2, 3, 1] : (tensor<6x3x8x8xf32>) -> tensor<6x8x8x3xf32>
    %39 = stablehlo.convert %38 : (tensor<6x8x8x3xf32>) -> tensor<6x8x8x3xbf16>
    %40 = stablehlo.transpose %4, dims = [0, 2, 3, 1] : (tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xf32>
    %41 = stablehlo.convert %40 : (tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xbf16>
    %42 = stablehlo.convolution(%39, %41) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x8x8x3xbf16>, tensor<4x3x3x3xbf16>) -> tensor<6x8x8x4xbf16>
    %43 = stablehlo.reshape %42 : (tensor<6x8x8x4xbf16>) -> tensor<3x2x8x8x4xbf16>
    %44 = stablehlo.convert %43 : (tensor<3x2x8x8x4xbf16>) -> tensor<3x2x8x8x4xf32>
    %45 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %46 = stablehlo.reduce(%44 init: %45) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %47 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %49 = stablehlo.multiply %46, %48 : tensor<3x4xf32>
    %50 = stablehlo.broadcast_in_dim %49, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %51 = stablehlo.subtract %44, %50 : tensor<3x2x8x8x4xf32>
    %52 = stablehlo.multiply %51, %51 : tensor<3x2x8x8x4xf32>
    %53 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %54 = stablehlo.reduce(%52 init: %53) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %55 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %56 = stablehlo.broadcast_in_dim %55, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %57 = stablehlo.multiply %54, %56 : tensor<3x4xf32>
    %58 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %59 = stablehlo.broadcast_in_dim %58, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %60 = stablehlo.add %57, %59 : tensor<3x4xf32>
    %61 = stablehlo.rsqrt %60 : tensor<3x4xf32>
    %62 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %63 = stablehlo.broadcast_in_dim %62, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %64 = stablehlo.multiply %7, %63 : tensor<4xf32>
    %65 = stablehlo.slice %49 [0:1:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %66 = stablehlo.reshape %65 : (tensor<1x4xf32>) -> tensor<4xf32>
    %67 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %68 = stablehlo.broadcast_in_dim %67, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %69 = stablehlo.multiply %66, %68 : tensor<4xf32>
    %70 = stablehlo.add %64, %69 : tensor<4xf32>
    %71 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %72 = stablehlo.broadcast_in_dim %71, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %73 = stablehlo.multiply %70, %72 : tensor<4xf32>
    %74 = stablehlo.slice %49 [1:2:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %75 = stablehlo.reshape %74 : (tensor<1x4xf32>) -> tensor<4xf32>
    %76 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %77 = stablehlo.broadcast_in_dim %76, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %78 = stablehlo.multiply %75, %77 : tensor<4xf32>
    %79 = stablehlo.add %73, %78 : tensor<4xf32>
    %80 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %81 = stablehlo.broadcast_in_dim %80, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %82 = stablehlo.multiply %79, %81 : tensor<4xf32>
    %83 = stablehlo.slice %49 [2:3:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %84 = stablehlo.reshape %83 : (tensor<1x4xf32>) -> tensor<4xf32>
    %85 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %86 = stablehlo.broadcast_in_dim %85, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %87 = stablehlo.multiply %84, %86 : tensor<4xf32>
    %88 = stablehlo.add %82, %87 : tensor<4xf32>
    %89 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %90 = stablehlo.broadcast_in_dim %89, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %91 = stablehlo.multiply %8, %90 : tensor<4xf32>
    %92 = stablehlo.slice %57 [0:1:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %93 = stablehlo.reshape %92 : (tensor<1x4xf32>) -> tensor<4xf32>
    %94 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %95 = stablehlo.broadcast_in_dim %94, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %96 = stablehlo.multiply %93, %95 : tensor<4xf32>
    %97 = stablehlo.add %91, %96 : tensor<4xf32>
    %98 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %99 = stablehlo.broadcast_in_dim %98, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %100 = stablehlo.multiply %97, %99 : tensor<4xf32>
    %101 = stablehlo.slice %57 [1:2:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %102 = stablehlo.reshape %101 : (tensor<1x4xf32>) -> tensor<4xf32>
    %103 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %104 = stablehlo.broadcast_in_dim %103, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %105 = stablehlo.multiply %102, %104 : tensor<4xf32>
    %106 = stablehlo.add %100, %105 : tensor<4xf32>
    %107 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %108 = stablehlo.broadcast_in_dim %107, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %109 = stablehlo.multiply %106, %108 : tensor<4xf32>
    %110 = stablehlo.slice %57 [2:3:1, 0:4:1] : (tensor<3x4xf32>) -> tensor<1x4xf32>
    %111 = stablehlo.reshape %110 : (tensor<1x4xf32>) -> tensor<4xf32>
    %112 = stablehlo.constant dense<0x3DCE69A0> : tensor<f32>
    %113 = stablehlo.broadcast_in_dim %112, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %114 = stablehlo.multiply %111, %113 : tensor<4xf32>
    %115 = stablehlo.add %109, %114 : tensor<4xf32>
    %116 = stablehlo.broadcast_in_dim %61, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %117 = stablehlo.multiply %51, %116 : tensor<3x2x8x8x4xf32>
    %118 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %119 = stablehlo.multiply %117, %118 : tensor<3x2x8x8x4xf32>
    %120 = stablehlo.broadcast_in_dim %6, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %121 = stablehlo.add %119, %120 : tensor<3x2x8x8x4xf32>
    %122 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %123 = stablehlo.broadcast_in_dim %122, dims = [] : (tensor<f32>) -> tensor<3x2x8x8x4xf32>
    %124 = stablehlo.maximum %121, %123 : tensor<3x2x8x8x4xf32>
    %125 = stablehlo.reshape %124 : (tensor<3x2x8x8x4xf32>) -> tensor<6x8x8x4xf32>
    %126 = stablehlo.convert %125 : (tensor<6x8x8x4xf32>) -> tensor<6x8x8x4xbf16>
    %127 = stablehlo.optimization_barrier %126 : tensor<6x8x8x4xbf16>
    %128 = stablehlo.constant dense<0xFF80> : tensor<bf16>
    %129 = stablehlo.pad %127, %128, low = [0, 0, 0, 0], high = [0, 0, 0, 0], interior = [0, 0, 0, 0] : (tensor<6x8x8x4xbf16>, tensor<bf16>) -> tensor<6x8x8x4xbf16>
    %130 = stablehlo.slice %129 [0:6:1, 0:7:2, 0:7:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %131 = stablehlo.constant dense<0> : tensor<ui8>
    %132 = stablehlo.broadcast_in_dim %131, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %133 = stablehlo.slice %129 [0:6:1, 0:7:2, 1:8:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %134 = stablehlo.constant dense<1> : tensor<ui8>
    %135 = stablehlo.broadcast_in_dim %134, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %136 = stablehlo.compare GT, %133, %130, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %137 = stablehlo.compare NE, %133, %133, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %138 = stablehlo.or %136, %137 : tensor<6x4x4x4xi1>
    %139 = stablehlo.select %138, %133, %130 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xbf16>
    %140 = stablehlo.select %138, %135, %132 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xui8>
    %141 = stablehlo.slice %129 [0:6:1, 1:8:2, 0:7:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %142 = stablehlo.constant dense<2> : tensor<ui8>
    %143 = stablehlo.broadcast_in_dim %142, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %144 = stablehlo.compare GT, %141, %139, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %145 = stablehlo.compare NE, %141, %141, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %146 = stablehlo.or %144, %145 : tensor<6x4x4x4xi1>
    %147 = stablehlo.select %146, %141, %139 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xbf16>
    %148 = stablehlo.select %146, %143, %140 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xui8>
    %149 = stablehlo.slice %129 [0:6:1, 1:8:2, 1:8:2, 0:4:1] : (tensor<6x8x8x4xbf16>) -> tensor<6x4x4x4xbf16>
    %150 = stablehlo.constant dense<3> : tensor<ui8>
    %151 = stablehlo.broadcast_in_dim %150, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %152 = stablehlo.compare GT, %149, %147, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %153 = stablehlo.compare NE, %149, %149, FLOAT : (tensor<6x4x4x4xbf16>, tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xi1>
    %154 = stablehlo.or %152, %153 : tensor<6x4x4x4xi1>
    %155 = stablehlo.select %154, %149, %147 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xbf16>
    %156 = stablehlo.select %154, %151, %148 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xui8>
    %157 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %158 = stablehlo.convert %157 : (tensor<8x3x3x4xf32>) -> tensor<8x3x3x4xbf16>
    %159 = stablehlo.convolution(%155, %158) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x4x4x4xbf16>, tensor<8x3x3x4xbf16>) -> tensor<6x2x2x8xbf16>
    %160 = stablehlo.reshape %159 : (tensor<6x2x2x8xbf16>) -> tensor<3x2x2x2x8xbf16>
    %161 = stablehlo.convert %160 : (tensor<3x2x2x2x8xbf16>) -> tensor<3x2x2x2x8xf32>
    %162 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %163 = stablehlo.reduce(%161 init: %162) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %164 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %165 = stablehlo.broadcast_in_dim %164, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %166 = stablehlo.multiply %163, %165 : tensor<3x8xf32>
    %167 = stablehlo.broadcast_in_dim %166, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %168 = stablehlo.subtract %161, %167 : tensor<3x2x2x2x8xf32>
    %169 = stablehlo.multiply %168, %168 : tensor<3x2x2x2x8xf32>
    %170 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %171 = stablehlo.reduce(%169 init: %170) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %172 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %173 = stablehlo.broadcast_in_dim %172, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %174 = stablehlo.multiply %171, %173 : tensor<3x8xf32>
    %175 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %176 = stablehlo.broadcast_in_dim %175, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %177 = stablehlo.add %174, %176 : tensor<3x8xf32>
    %178 = stablehlo.rsqrt %177 : tensor<3x8xf32>
    %179 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %180 = stablehlo.broadcast_in_dim %179, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %181 = stablehlo.multiply %12, %180 : tensor<8xf32>
    %182 = stablehlo.slice %166 [0:1:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %183 = stablehlo.reshape %182 : (tensor<1x8xf32>) -> tensor<8xf32>
    %184 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %185 = stablehlo.broadcast_in_dim %184, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %186 = stablehlo.multiply %183, %185 : tensor<8xf32>
    %187 = stablehlo.add %181, %186 : tensor<8xf32>
    %188 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %189 = stablehlo.broadcast_in_dim %188, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %190 = stablehlo.multiply %187, %189 : tensor<8xf32>
    %191 = stablehlo.slice %166 [1:2:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %192 = stablehlo.reshape %191 : (tensor<1x8xf32>) -> tensor<8xf32>
    %193 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %194 = stablehlo.broadcast_in_dim %193, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %195 = stablehlo.multiply %192, %194 : tensor<8xf32>
    %196 = stablehlo.add %190, %195 : tensor<8xf32>
    %197 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %198 = stablehlo.broadcast_in_dim %197, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %199 = stablehlo.multiply %196, %198 : tensor<8xf32>
    %200 = stablehlo.slice %166 [2:3:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %201 = stablehlo.reshape %200 : (tensor<1x8xf32>) -> tensor<8xf32>
    %202 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %203 = stablehlo.broadcast_in_dim %202, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %204 = stablehlo.multiply %201, %203 : tensor<8xf32>
    %205 = stablehlo.add %199, %204 : tensor<8xf32>
    %206 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %207 = stablehlo.broadcast_in_dim %206, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %208 = stablehlo.multiply %13, %207 : tensor<8xf32>
    %209 = stablehlo.slice %174 [0:1:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %210 = stablehlo.reshape %209 : (tensor<1x8xf32>) -> tensor<8xf32>
    %211 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %212 = stablehlo.broadcast_in_dim %211, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %213 = stablehlo.multiply %210, %212 : tensor<8xf32>
    %214 = stablehlo.add %208, %213 : tensor<8xf32>
    %215 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %216 = stablehlo.broadcast_in_dim %215, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %217 = stablehlo.multiply %214, %216 : tensor<8xf32>
    %218 = stablehlo.slice %174 [1:2:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %219 = stablehlo.reshape %218 : (tensor<1x8xf32>) -> tensor<8xf32>
    %220 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %221 = stablehlo.broadcast_in_dim %220, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %222 = stablehlo.multiply %219, %221 : tensor<8xf32>
    %223 = stablehlo.add %217, %222 : tensor<8xf32>
    %224 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %225 = stablehlo.broadcast_in_dim %224, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %226 = stablehlo.multiply %223, %225 : tensor<8xf32>
    %227 = stablehlo.slice %174 [2:3:1, 0:8:1] : (tensor<3x8xf32>) -> tensor<1x8xf32>
    %228 = stablehlo.reshape %227 : (tensor<1x8xf32>) -> tensor<8xf32>
    %229 = stablehlo.constant dense<0x3DEA0EA1> : tensor<f32>
    %230 = stablehlo.broadcast_in_dim %229, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %231 = stablehlo.multiply %228, %230 : tensor<8xf32>
    %232 = stablehlo.add %226, %231 : tensor<8xf32>
    %233 = stablehlo.broadcast_in_dim %178, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %234 = stablehlo.multiply %168, %233 : tensor<3x2x2x2x8xf32>
    %235 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<3x2x2x2x8xf32>
    %236 = stablehlo.multiply %234, %235 : tensor<3x2x2x2x8xf32>
    %237 = stablehlo.broadcast_in_dim %11, dims = [4] : (tensor<8xf32>) -> tensor<3x2x2x2x8xf32>
    %238 = stablehlo.add %236, %237 : tensor<3x2x2x2x8xf32>
    %239 = stablehlo.reshape %238 : (tensor<3x2x2x2x8xf32>) -> tensor<6x2x2x8xf32>
    %240 = stablehlo.convert %239 : (tensor<6x2x2x8xf32>) -> tensor<6x2x2x8xbf16>
    %241 = stablehlo.optimization_barrier %240 : tensor<6x2x2x8xbf16>
    %242 = stablehlo.slice %155 [0:6:1, 0:3:2, 0:3:2, 0:4:1] : (tensor<6x4x4x4xbf16>) -> tensor<6x2x2x4xbf16>
    %243 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %244 = stablehlo.pad %242, %243, low = [0, 0, 0, 2], high = [0, 0, 0, 2], interior = [0, 0, 0, 0] : (tensor<6x2x2x4xbf16>, tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %245 = stablehlo.add %241, %244 : tensor<6x2x2x8xbf16>
    %246 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %247 = stablehlo.broadcast_in_dim %246, dims = [] : (tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %248 = stablehlo.maximum %245, %247 : tensor<6x2x2x8xbf16>
    %249 = stablehlo.convert %248 : (tensor<6x2x2x8xbf16>) -> tensor<6x2x2x8xf32>
    %250 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %251 = stablehlo.reduce(%249 init: %250) applies stablehlo.add across dimensions = [1, 2] : (tensor<6x2x2x8xf32>, tensor<f32>) -> tensor<6x8xf32>
    %252 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %253 = stablehlo.broadcast_in_dim %252, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %254 = stablehlo.multiply %251, %253 : tensor<6x8xf32>
    %255 = stablehlo.dot_general %254, %14, contracting_dims = [1] x [1] : (tensor<6x8xf32>, tensor<6x8xf32>) -> tensor<6x6xf32>
    %256 = stablehlo.reshape %255 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %257 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %258 = stablehlo.reduce(%256 init: %257) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %259 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %260 = stablehlo.broadcast_in_dim %259, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %261 = stablehlo.multiply %258, %260 : tensor<3x6xf32>
    %262 = stablehlo.broadcast_in_dim %261, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %263 = stablehlo.subtract %256, %262 : tensor<3x2x6xf32>
    %264 = stablehlo.multiply %263, %263 : tensor<3x2x6xf32>
    %265 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %266 = stablehlo.reduce(%264 init: %265) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %267 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %268 = stablehlo.broadcast_in_dim %267, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %269 = stablehlo.multiply %266, %268 : tensor<3x6xf32>
    %270 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %271 = stablehlo.broadcast_in_dim %270, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %272 = stablehlo.add %269, %271 : tensor<3x6xf32>
    %273 = stablehlo.rsqrt %272 : tensor<3x6xf32>
    %274 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %275 = stablehlo.broadcast_in_dim %274, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %276 = stablehlo.multiply %15, %275 : tensor<6xf32>
    %277 = stablehlo.slice %261 [0:1:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %278 = stablehlo.reshape %277 : (tensor<1x6xf32>) -> tensor<6xf32>
    %279 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %280 = stablehlo.broadcast_in_dim %279, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %281 = stablehlo.multiply %278, %280 : tensor<6xf32>
    %282 = stablehlo.add %276, %281 : tensor<6xf32>
    %283 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %284 = stablehlo.broadcast_in_dim %283, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %285 = stablehlo.multiply %282, %284 : tensor<6xf32>
    %286 = stablehlo.slice %261 [1:2:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %287 = stablehlo.reshape %286 : (tensor<1x6xf32>) -> tensor<6xf32>
    %288 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %289 = stablehlo.broadcast_in_dim %288, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %290 = stablehlo.multiply %287, %289 : tensor<6xf32>
    %291 = stablehlo.add %285, %290 : tensor<6xf32>
    %292 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %293 = stablehlo.broadcast_in_dim %292, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %294 = stablehlo.multiply %291, %293 : tensor<6xf32>
    %295 = stablehlo.slice %261 [2:3:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %296 = stablehlo.reshape %295 : (tensor<1x6xf32>) -> tensor<6xf32>
    %297 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %298 = stablehlo.broadcast_in_dim %297, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %299 = stablehlo.multiply %296, %298 : tensor<6xf32>
    %300 = stablehlo.add %294, %299 : tensor<6xf32>
    %301 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %302 = stablehlo.broadcast_in_dim %301, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %303 = stablehlo.multiply %16, %302 : tensor<6xf32>
    %304 = stablehlo.slice %269 [0:1:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %305 = stablehlo.reshape %304 : (tensor<1x6xf32>) -> tensor<6xf32>
    %306 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %307 = stablehlo.broadcast_in_dim %306, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %308 = stablehlo.multiply %305, %307 : tensor<6xf32>
    %309 = stablehlo.add %303, %308 : tensor<6xf32>
    %310 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %311 = stablehlo.broadcast_in_dim %310, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %312 = stablehlo.multiply %309, %311 : tensor<6xf32>
    %313 = stablehlo.slice %269 [1:2:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %314 = stablehlo.reshape %313 : (tensor<1x6xf32>) -> tensor<6xf32>
    %315 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %316 = stablehlo.broadcast_in_dim %315, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %317 = stablehlo.multiply %314, %316 : tensor<6xf32>
    %318 = stablehlo.add %312, %317 : tensor<6xf32>
    %319 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %320 = stablehlo.broadcast_in_dim %319, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %321 = stablehlo.multiply %318, %320 : tensor<6xf32>
    %322 = stablehlo.slice %269 [2:3:1, 0:6:1] : (tensor<3x6xf32>) -> tensor<1x6xf32>
    %323 = stablehlo.reshape %322 : (tensor<1x6xf32>) -> tensor<6xf32>
    %324 = stablehlo.constant dense<0x3E4CCCCD> : tensor<f32>
    %325 = stablehlo.broadcast_in_dim %324, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %326 = stablehlo.multiply %323, %325 : tensor<6xf32>
    %327 = stablehlo.add %321, %326 : tensor<6xf32>
    %328 = stablehlo.broadcast_in_dim %273, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %329 = stablehlo.multiply %263, %328 : tensor<3x2x6xf32>
    %330 = stablehlo.reshape %329 : (tensor<3x2x6xf32>) -> tensor<6x6xf32>
    %331 = stablehlo.dot_general %330, %17, contracting_dims = [1] x [1] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    %332 = stablehlo.broadcast_in_dim %18, dims = [1] : (tensor<6xf32>) -> tensor<6x6xf32>
    %333 = stablehlo.add %331, %332 : tensor<6x6xf32>
    %334 = stablehlo.reshape %333 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %335 = stablehlo.reshape %330 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %336 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %337 = stablehlo.reduce(%335 init: %336) applies stablehlo.add across dimensions = [0] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %338 = stablehlo.broadcast_in_dim %337, dims = [1, 2] : (tensor<2x6xf32>) -> tensor<3x2x6xf32>
    %339 = stablehlo.subtract %338, %335 : tensor<3x2x6xf32>
    %340 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %341 = stablehlo.broadcast_in_dim %340, dims = [] : (tensor<f32>) -> tensor<3x2x6xf32>
    %342 = stablehlo.multiply %339, %341 : tensor<3x2x6xf32>
    %343 = stablehlo.multiply %334, %334 : tensor<3x2x6xf32>
    %344 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %345 = stablehlo.reduce(%343 init: %344) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %346 = stablehlo.sqrt %345 : tensor<3x2xf32>
    %347 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %348 = stablehlo.broadcast_in_dim %347, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %349 = stablehlo.maximum %346, %348 : tensor<3x2xf32>
    %350 = stablehlo.multiply %342, %342 : tensor<3x2x6xf32>
    %351 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %352 = stablehlo.reduce(%350 init: %351) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %353 = stablehlo.sqrt %352 : tensor<3x2xf32>
    %354 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %355 = stablehlo.broadcast_in_dim %354, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %356 = stablehlo.maximum %353, %355 : tensor<3x2xf32>
    %357 = stablehlo.multiply %349, %356 : tensor<3x2xf32>
    %358 = stablehlo.multiply %334, %342 : tensor<3x2x6xf32>
    %359 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %360 = stablehlo.reduce(%358 init: %359) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %361 = stablehlo.divide %360, %357 : tensor<3x2xf32>
    %362 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %363 = stablehlo.reduce(%361 init: %362) applies stablehlo.add across dimensions = [0, 1] : (tensor<3x2xf32>, tensor<f32>) -> tensor<f32>
    %364 = stablehlo.constant dense<0x3E2AAAAB> : tensor<f32>
    %365 = stablehlo.multiply %363, %364 : tensor<f32>
    %366 = stablehlo.negate %365 : tensor<f32>
    %367 = stablehlo.reshape %330 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %368 = stablehlo.multiply %367, %367 : tensor<3x2x6xf32>
    %369 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %370 = stablehlo.reduce(%368 init: %369) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %371 = stablehlo.sqrt %370 : tensor<3x2xf32>
    %372 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %373 = stablehlo.broadcast_in_dim %372, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %374 = stablehlo.maximum %371, %373 : tensor<3x2xf32>
    %375 = stablehlo.broadcast_in_dim %374, dims = [0, 1] : (tensor<3x2xf32>) -> tensor<3x2x6xf32>
    %376 = stablehlo.divide %367, %375 : tensor<3x2x6xf32>
    %377 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %378 = stablehlo.reduce(%376 init: %377) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %379 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %380 = stablehlo.broadcast_in_dim %379, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %381 = stablehlo.multiply %378, %380 : tensor<3x6xf32>
    %382 = stablehlo.broadcast_in_dim %381, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %383 = stablehlo.subtract %376, %382 : tensor<3x2x6xf32>
    %384 = stablehlo.multiply %383, %383 : tensor<3x2x6xf32>
    %385 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %386 = stablehlo.reduce(%384 init: %385) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %387 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %388 = stablehlo.broadcast_in_dim %387, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %389 = stablehlo.multiply %386, %388 : tensor<3x6xf32>
    %390 = stablehlo.sqrt %389 : tensor<3x6xf32>
    %391 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %392 = stablehlo.reduce(%390 init: %391) applies stablehlo.add across dimensions = [0, 1] : (tensor<3x6xf32>, tensor<f32>) -> tensor<f32>
    %393 = stablehlo.constant dense<0x3D638E39> : tensor<f32>
    %394 = stablehlo.multiply %392, %393 : tensor<f32>
    %395 = stablehlo.constant dense<0x401CC471> : tensor<f32>
    %396 = stablehlo.multiply %394, %395 : tensor<f32>
    %397 = stablehlo.reshape %366 : (tensor<f32>) -> tensor<1xf32>
    %398 = stablehlo.reshape %396 : (tensor<f32>) -> tensor<1xf32>
    %399 = stablehlo.concatenate %397, %398, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %400 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %401 = stablehlo.broadcast_in_dim %400, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %402 = stablehlo.slice %401 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %403 = stablehlo.reshape %402 : (tensor<1xf32>) -> tensor<f32>
    %404 = stablehlo.constant dense<0xBE2AAAAB> : tensor<f32>
    %405 = stablehlo.multiply %403, %404 : tensor<f32>
    %406 = stablehlo.reshape %333 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %407 = stablehlo.reshape %330 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %408 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %409 = stablehlo.reduce(%407 init: %408) applies stablehlo.add across dimensions = [0] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %410 = stablehlo.broadcast_in_dim %409, dims = [1, 2] : (tensor<2x6xf32>) -> tensor<3x2x6xf32>
    %411 = stablehlo.subtract %410, %407 : tensor<3x2x6xf32>
    %412 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %413 = stablehlo.broadcast_in_dim %412, dims = [] : (tensor<f32>) -> tensor<3x2x6xf32>
    %414 = stablehlo.multiply %411, %413 : tensor<3x2x6xf32>
    %415 = stablehlo.multiply %406, %406 : tensor<3x2x6xf32>
    %416 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %417 = stablehlo.reduce(%415 init: %416) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %418 = stablehlo.sqrt %417 : tensor<3x2xf32>
    %419 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %420 = stablehlo.broadcast_in_dim %419, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %421 = stablehlo.maximum %418, %420 : tensor<3x2xf32>
    %422 = stablehlo.multiply %414, %414 : tensor<3x2x6xf32>
    %423 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %424 = stablehlo.reduce(%422 init: %423) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %425 = stablehlo.sqrt %424 : tensor<3x2xf32>
    %426 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %427 = stablehlo.broadcast_in_dim %426, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %428 = stablehlo.maximum %425, %427 : tensor<3x2xf32>
    %429 = stablehlo.multiply %421, %428 : tensor<3x2xf32>
    %430 = stablehlo.multiply %406, %414 : tensor<3x2x6xf32>
    %431 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %432 = stablehlo.reduce(%430 init: %431) applies stablehlo.add across dimensions = [2] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x2xf32>
    %433 = stablehlo.divide %432, %429 : tensor<3x2xf32>
    %434 = stablehlo.broadcast_in_dim %429, dims = [0, 1] : (tensor<3x2xf32>) -> tensor<3x2x6xf32>
    %435 = stablehlo.divide %414, %434 : tensor<3x2x6xf32>
    %436 = stablehlo.multiply %421, %421 : tensor<3x2xf32>
    %437 = stablehlo.divide %433, %436 : tensor<3x2xf32>
    %438 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %439 = stablehlo.broadcast_in_dim %438, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %440 = stablehlo.compare GT, %421, %439, FLOAT : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xi1>
    %441 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %442 = stablehlo.broadcast_in_dim %441, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
    %443 = stablehlo.select %440, %437, %442 : tensor<3x2xi1>, tensor<3x2xf32>
    %444 = stablehlo.broadcast_in_dim %443, dims = [0, 1] : (tensor<3x2xf32>) -> tensor<3x2x6xf32>
    %445 = stablehlo.multiply %406, %444 : tensor<3x2x6xf32>
    %446 = stablehlo.subtract %435, %445 : tensor<3x2x6xf32>
    %447 = stablehlo.broadcast_in_dim %405, dims = [] : (tensor<f32>) -> tensor<3x2x6xf32>
    %448 = stablehlo.multiply %446, %447 : tensor<3x2x6xf32>
    %449 = stablehlo.reshape %448 : (tensor<3x2x6xf32>) -> tensor<6x6xf32>
    %450 = stablehlo.dot_general %449, %330, contracting_dims = [0] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    %451 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %452 = stablehlo.reduce(%449 init: %451) applies stablehlo.add across dimensions = [0] : (tensor<6x6xf32>, tensor<f32>) -> tensor<6xf32>
    %453 = stablehlo.dot_general %449, %17, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    %454 = stablehlo.add %35, %450 : tensor<6x6xf32>
    %455 = stablehlo.add %36, %452 : tensor<6xf32>
    %456 = stablehlo.reshape %255 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %457 = stablehlo.broadcast_in_dim %261, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %458 = stablehlo.subtract %456, %457 : tensor<3x2x6xf32>
    %459 = stablehlo.broadcast_in_dim %273, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %460 = stablehlo.multiply %458, %459 : tensor<3x2x6xf32>
    %461 = stablehlo.reshape %453 : (tensor<6x6xf32>) -> tensor<3x2x6xf32>
    %462 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %463 = stablehlo.reduce(%461 init: %462) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %464 = stablehlo.multiply %461, %460 : tensor<3x2x6xf32>
    %465 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %466 = stablehlo.reduce(%464 init: %465) applies stablehlo.add across dimensions = [1] : (tensor<3x2x6xf32>, tensor<f32>) -> tensor<3x6xf32>
    %467:2 = stablehlo.optimization_barrier %463, %466 : tensor<3x6xf32>, tensor<3x6xf32>
    %468 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %469 = stablehlo.broadcast_in_dim %468, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %470 = stablehlo.multiply %467#0, %469 : tensor<3x6xf32>
    %471 = stablehlo.broadcast_in_dim %470, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %472 = stablehlo.subtract %461, %471 : tensor<3x2x6xf32>
    %473 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %474 = stablehlo.broadcast_in_dim %473, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %475 = stablehlo.multiply %467#1, %474 : tensor<3x6xf32>
    %476 = stablehlo.broadcast_in_dim %475, dims = [0, 2] : (tensor<3x6xf32>) -> tensor<3x2x6xf32>
    %477 = stablehlo.multiply %460, %476 : tensor<3x2x6xf32>
    %478 = stablehlo.subtract %472, %477 : tensor<3x2x6xf32>
    %479 = stablehlo.multiply %478, %459 : tensor<3x2x6xf32>
    %480 = stablehlo.reshape %479 : (tensor<3x2x6xf32>) -> tensor<6x6xf32>
    %481 = stablehlo.dot_general %480, %254, contracting_dims = [0] x [0] : (tensor<6x6xf32>, tensor<6x8xf32>) -> tensor<6x8xf32>
    %482 = stablehlo.dot_general %480, %14, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x8xf32>) -> tensor<6x8xf32>
    %483 = stablehlo.add %34, %481 : tensor<6x8xf32>
    %484 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %485 = stablehlo.broadcast_in_dim %484, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %486 = stablehlo.multiply %482, %485 : tensor<6x8xf32>
    %487 = stablehlo.broadcast_in_dim %486, dims = [0, 3] : (tensor<6x8xf32>) -> tensor<6x2x2x8xf32>
    %488 = stablehlo.convert %487 : (tensor<6x2x2x8xf32>) -> tensor<6x2x2x8xbf16>
    %489 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %490 = stablehlo.broadcast_in_dim %489, dims = [] : (tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %491 = stablehlo.compare GT, %248, %490, FLOAT : (tensor<6x2x2x8xbf16>, tensor<6x2x2x8xbf16>) -> tensor<6x2x2x8xi1>
    %492 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %493 = stablehlo.broadcast_in_dim %492, dims = [] : (tensor<bf16>) -> tensor<6x2x2x8xbf16>
    %494 = stablehlo.select %491, %488, %493 : tensor<6x2x2x8xi1>, tensor<6x2x2x8xbf16>
    %495 = stablehlo.constant dense<0x0000> : tensor<bf16>
    %496 = stablehlo.pad %494, %495, low = [0, 0, 0, -2], high = [0, 1, 1, -2], interior = [0, 1, 1, 0] : (tensor<6x2x2x8xbf16>, tensor<bf16>) -> tensor<6x4x4x4xbf16>
    %497 = stablehlo.reshape %159 : (tensor<6x2x2x8xbf16>) -> tensor<3x2x2x2x8xbf16>
    %498 = stablehlo.convert %497 : (tensor<3x2x2x2x8xbf16>) -> tensor<3x2x2x2x8xf32>
    %499 = stablehlo.broadcast_in_dim %166, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %500 = stablehlo.subtract %498, %499 : tensor<3x2x2x2x8xf32>
    %501 = stablehlo.broadcast_in_dim %178, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %502 = stablehlo.multiply %500, %501 : tensor<3x2x2x2x8xf32>
    %503 = stablehlo.reshape %494 : (tensor<6x2x2x8xbf16>) -> tensor<3x2x2x2x8xbf16>
    %504 = stablehlo.convert %503 : (tensor<3x2x2x2x8xbf16>) -> tensor<3x2x2x2x8xf32>
    %505 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %506 = stablehlo.reduce(%504 init: %505) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %507 = stablehlo.multiply %504, %502 : tensor<3x2x2x2x8xf32>
    %508 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %509 = stablehlo.reduce(%507 init: %508) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x2x2x8xf32>, tensor<f32>) -> tensor<3x8xf32>
    %510:2 = stablehlo.optimization_barrier %506, %509 : tensor<3x8xf32>, tensor<3x8xf32>
    %511 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %512 = stablehlo.reduce(%510#1 init: %511) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32>
    %513 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %514 = stablehlo.reduce(%510#0 init: %513) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32>
    %515 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %516 = stablehlo.broadcast_in_dim %515, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %517 = stablehlo.multiply %510#0, %516 : tensor<3x8xf32>
    %518 = stablehlo.broadcast_in_dim %517, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %519 = stablehlo.subtract %504, %518 : tensor<3x2x2x2x8xf32>
    %520 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %521 = stablehlo.broadcast_in_dim %520, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %522 = stablehlo.multiply %510#1, %521 : tensor<3x8xf32>
    %523 = stablehlo.broadcast_in_dim %522, dims = [0, 4] : (tensor<3x8xf32>) -> tensor<3x2x2x2x8xf32>
    %524 = stablehlo.multiply %502, %523 : tensor<3x2x2x2x8xf32>
    %525 = stablehlo.subtract %519, %524 : tensor<3x2x2x2x8xf32>
    %526 = stablehlo.multiply %525, %501 : tensor<3x2x2x2x8xf32>
    %527 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<3x2x2x2x8xf32>
    %528 = stablehlo.multiply %526, %527 : tensor<3x2x2x2x8xf32>
    %529 = stablehlo.reshape %528 : (tensor<3x2x2x2x8xf32>) -> tensor<6x2x2x8xf32>
    %530 = stablehlo.convert %529 : (tensor<6x2x2x8xf32>) -> tensor<6x2x2x8xbf16>
    %531 = stablehlo.add %32, %512 : tensor<8xf32>
    %532 = stablehlo.add %33, %514 : tensor<8xf32>
    %533 = stablehlo.convolution(%155, %530) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x4x4x4xbf16>, tensor<6x2x2x8xbf16>) -> tensor<3x3x4x8xbf16>
    %534 = stablehlo.convert %533 : (tensor<3x3x4x8xbf16>) -> tensor<3x3x4x8xf32>
    %535 = stablehlo.transpose %534, dims = [3, 2, 0, 1] : (tensor<3x3x4x8xf32>) -> tensor<8x4x3x3xf32>
    %536 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %537 = stablehlo.convert %536 : (tensor<8x3x3x4xf32>) -> tensor<8x3x3x4xbf16>
    %538 = stablehlo.reverse %537, dims = [1, 2] : tensor<8x3x3x4xbf16>
    %539 = stablehlo.convolution(%530, %538) dim_numbers = [b, 0, 1, f]x[i, 0, 1, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x2x2x8xbf16>, tensor<8x3x3x4xbf16>) -> tensor<6x4x4x4xbf16>
    %540 = stablehlo.add %496, %539 : tensor<6x4x4x4xbf16>
    %541 = stablehlo.add %31, %535 : tensor<8x4x3x3xf32>
    %542 = stablehlo.convert %540 : (tensor<6x4x4x4xbf16>) -> tensor<6x4x4x4xf32>
    %543 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %544 = stablehlo.broadcast_in_dim %543, dims = [] : (tensor<f32>) -> tensor<6x4x4x4xf32>
    %545 = stablehlo.constant dense<0> : tensor<ui8>
    %546 = stablehlo.broadcast_in_dim %545, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %547 = stablehlo.compare EQ, %156, %546, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %548 = stablehlo.select %547, %542, %544 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %549 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %550 = stablehlo.pad %548, %549, low = [0, 0, 0, 0], high = [0, 1, 1, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %551 = stablehlo.constant dense<1> : tensor<ui8>
    %552 = stablehlo.broadcast_in_dim %551, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %553 = stablehlo.compare EQ, %156, %552, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %554 = stablehlo.select %553, %542, %544 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %555 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %556 = stablehlo.pad %554, %555, low = [0, 0, 1, 0], high = [0, 1, 0, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %557 = stablehlo.add %550, %556 : tensor<6x8x8x4xf32>
    %558 = stablehlo.constant dense<2> : tensor<ui8>
    %559 = stablehlo.broadcast_in_dim %558, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %560 = stablehlo.compare EQ, %156, %559, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %561 = stablehlo.select %560, %542, %544 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %562 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %563 = stablehlo.pad %561, %562, low = [0, 1, 0, 0], high = [0, 0, 1, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %564 = stablehlo.add %557, %563 : tensor<6x8x8x4xf32>
    %565 = stablehlo.constant dense<3> : tensor<ui8>
    %566 = stablehlo.broadcast_in_dim %565, dims = [] : (tensor<ui8>) -> tensor<6x4x4x4xui8>
    %567 = stablehlo.compare EQ, %156, %566, UNSIGNED : (tensor<6x4x4x4xui8>, tensor<6x4x4x4xui8>) -> tensor<6x4x4x4xi1>
    %568 = stablehlo.select %567, %542, %544 : tensor<6x4x4x4xi1>, tensor<6x4x4x4xf32>
    %569 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %570 = stablehlo.pad %568, %569, low = [0, 1, 1, 0], high = [0, 0, 0, 0], interior = [0, 1, 1, 0] : (tensor<6x4x4x4xf32>, tensor<f32>) -> tensor<6x8x8x4xf32>
    %571 = stablehlo.add %564, %570 : tensor<6x8x8x4xf32>
    %572 = stablehlo.convert %571 : (tensor<6x8x8x4xf32>) -> tensor<6x8x8x4xbf16>
    %573 = stablehlo.reshape %42 : (tensor<6x8x8x4xbf16>) -> tensor<3x2x8x8x4xbf16>
    %574 = stablehlo.convert %573 : (tensor<3x2x8x8x4xbf16>) -> tensor<3x2x8x8x4xf32>
    %575 = stablehlo.broadcast_in_dim %49, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %576 = stablehlo.subtract %574, %575 : tensor<3x2x8x8x4xf32>
    %577 = stablehlo.broadcast_in_dim %61, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %578 = stablehlo.multiply %576, %577 : tensor<3x2x8x8x4xf32>
    %579 = stablehlo.reshape %572 : (tensor<6x8x8x4xbf16>) -> tensor<3x2x8x8x4xbf16>
    %580 = stablehlo.convert %579 : (tensor<3x2x8x8x4xbf16>) -> tensor<3x2x8x8x4xf32>
    %581 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %582 = stablehlo.broadcast_in_dim %581, dims = [] : (tensor<f32>) -> tensor<3x2x8x8x4xf32>
    %583 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %584 = stablehlo.multiply %578, %583 : tensor<3x2x8x8x4xf32>
    %585 = stablehlo.negate %6 : tensor<4xf32>
    %586 = stablehlo.broadcast_in_dim %585, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %587 = stablehlo.compare GT, %584, %586, FLOAT : (tensor<3x2x8x8x4xf32>, tensor<3x2x8x8x4xf32>) -> tensor<3x2x8x8x4xi1>
    %588 = stablehlo.select %587, %580, %582 : tensor<3x2x8x8x4xi1>, tensor<3x2x8x8x4xf32>
    %589 = stablehlo.compare LE, %584, %586, FLOAT : (tensor<3x2x8x8x4xf32>, tensor<3x2x8x8x4xf32>) -> tensor<3x2x8x8x4xi1>
    %590 = stablehlo.select %589, %582, %580 : tensor<3x2x8x8x4xi1>, tensor<3x2x8x8x4xf32>
    %591 = stablehlo.compare LT, %586, %584, FLOAT : (tensor<3x2x8x8x4xf32>, tensor<3x2x8x8x4xf32>) -> tensor<3x2x8x8x4xi1>
    %592 = stablehlo.select %591, %580, %582 : tensor<3x2x8x8x4xi1>, tensor<3x2x8x8x4xf32>
    %593 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %594 = stablehlo.reduce(%588 init: %593) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %595 = stablehlo.multiply %590, %578 : tensor<3x2x8x8x4xf32>
    %596 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %597 = stablehlo.reduce(%595 init: %596) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<3x2x8x8x4xf32>, tensor<f32>) -> tensor<3x4xf32>
    %598:2 = stablehlo.optimization_barrier %594, %597 : tensor<3x4xf32>, tensor<3x4xf32>
    %599 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %600 = stablehlo.reduce(%598#1 init: %599) applies stablehlo.add across dimensions = [0] : (tensor<3x4xf32>, tensor<f32>) -> tensor<4xf32>
    %601 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %602 = stablehlo.reduce(%598#0 init: %601) applies stablehlo.add across dimensions = [0] : (tensor<3x4xf32>, tensor<f32>) -> tensor<4xf32>
    %603 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %604 = stablehlo.broadcast_in_dim %603, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %605 = stablehlo.multiply %598#0, %604 : tensor<3x4xf32>
    %606 = stablehlo.broadcast_in_dim %605, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %607 = stablehlo.subtract %592, %606 : tensor<3x2x8x8x4xf32>
    %608 = stablehlo.constant dense<0x3C000000> : tensor<f32>
    %609 = stablehlo.broadcast_in_dim %608, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
    %610 = stablehlo.multiply %598#1, %609 : tensor<3x4xf32>
    %611 = stablehlo.broadcast_in_dim %610, dims = [0, 4] : (tensor<3x4xf32>) -> tensor<3x2x8x8x4xf32>
    %612 = stablehlo.multiply %578, %611 : tensor<3x2x8x8x4xf32>
    %613 = stablehlo.subtract %607, %612 : tensor<3x2x8x8x4xf32>
    %614 = stablehlo.multiply %613, %577 : tensor<3x2x8x8x4xf32>
    %615 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<3x2x8x8x4xf32>
    %616 = stablehlo.multiply %614, %615 : tensor<3x2x8x8x4xf32>
    %617 = stablehlo.reshape %616 : (tensor<3x2x8x8x4xf32>) -> tensor<6x8x8x4xf32>
    %618 = stablehlo.convert %617 : (tensor<6x8x8x4xf32>) -> tensor<6x8x8x4xbf16>
    %619 = stablehlo.add %29, %600 : tensor<4xf32>
    %620 = stablehlo.add %30, %602 : tensor<4xf32>
    %621 = stablehlo.convert %38 : (tensor<6x8x8x3xf32>) -> tensor<6x8x8x3xbf16>
    %622 = stablehlo.convolution(%621, %618) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x8x8x3xbf16>, tensor<6x8x8x4xbf16>) -> tensor<3x3x3x4xbf16>
    %623 = stablehlo.convert %622 : (tensor<3x3x3x4xbf16>) -> tensor<3x3x3x4xf32>
    %624 = stablehlo.transpose %623, dims = [3, 2, 0, 1] : (tensor<3x3x3x4xf32>) -> tensor<4x3x3x3xf32>
    %625 = stablehlo.add %28, %624 : tensor<4x3x3x3xf32>
    %626 = stablehlo.constant dense<0x3F000000> : tensor<f32>
    %627 = stablehlo.broadcast_in_dim %626, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %628 = stablehlo.multiply %399, %627 : tensor<2xf32>
    %629 = stablehlo.add %37, %628 : tensor<2xf32>
    %630 = stablehlo.slice %629 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %631 = stablehlo.reshape %630 : (tensor<1xf32>) -> tensor<f32>
    %632 = stablehlo.is_finite %631 : (tensor<f32>) -> tensor<i1>
    %633 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %634 = stablehlo.broadcast_in_dim %633, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %635 = stablehlo.multiply %4, %634 : tensor<4x3x3x3xf32>
    %636 = stablehlo.add %625, %635 : tensor<4x3x3x3xf32>
    %637 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %638 = stablehlo.broadcast_in_dim %637, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %639 = stablehlo.multiply %19, %638 : tensor<4x3x3x3xf32>
    %640 = stablehlo.add %639, %636 : tensor<4x3x3x3xf32>
    %641 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %642 = stablehlo.multiply %640, %641 : tensor<4x3x3x3xf32>
    %643 = stablehlo.subtract %4, %642 : tensor<4x3x3x3xf32>
    %644 = stablehlo.select %632, %643, %4 : tensor<i1>, tensor<4x3x3x3xf32>
    %645 = stablehlo.select %632, %640, %19 : tensor<i1>, tensor<4x3x3x3xf32>
    %646 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %647 = stablehlo.broadcast_in_dim %646, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %648 = stablehlo.multiply %5, %647 : tensor<4xf32>
    %649 = stablehlo.add %619, %648 : tensor<4xf32>
    %650 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %651 = stablehlo.broadcast_in_dim %650, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %652 = stablehlo.multiply %20, %651 : tensor<4xf32>
    %653 = stablehlo.add %652, %649 : tensor<4xf32>
    %654 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %655 = stablehlo.multiply %653, %654 : tensor<4xf32>
    %656 = stablehlo.subtract %5, %655 : tensor<4xf32>
    %657 = stablehlo.select %632, %656, %5 : tensor<i1>, tensor<4xf32>
    %658 = stablehlo.select %632, %653, %20 : tensor<i1>, tensor<4xf32>
    %659 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %660 = stablehlo.broadcast_in_dim %659, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %661 = stablehlo.multiply %6, %660 : tensor<4xf32>
    %662 = stablehlo.add %620, %661 : tensor<4xf32>
    %663 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %664 = stablehlo.broadcast_in_dim %663, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %665 = stablehlo.multiply %21, %664 : tensor<4xf32>
    %666 = stablehlo.add %665, %662 : tensor<4xf32>
    %667 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %668 = stablehlo.multiply %666, %667 : tensor<4xf32>
    %669 = stablehlo.subtract %6, %668 : tensor<4xf32>
    %670 = stablehlo.select %632, %669, %6 : tensor<i1>, tensor<4xf32>
    %671 = stablehlo.select %632, %666, %21 : tensor<i1>, tensor<4xf32>
    %672 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %673 = stablehlo.broadcast_in_dim %672, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %674 = stablehlo.multiply %9, %673 : tensor<8x4x3x3xf32>
    %675 = stablehlo.add %541, %674 : tensor<8x4x3x3xf32>
    %676 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %677 = stablehlo.broadcast_in_dim %676, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %678 = stablehlo.multiply %22, %677 : tensor<8x4x3x3xf32>
    %679 = stablehlo.add %678, %675 : tensor<8x4x3x3xf32>
    %680 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %681 = stablehlo.multiply %679, %680 : tensor<8x4x3x3xf32>
    %682 = stablehlo.subtract %9, %681 : tensor<8x4x3x3xf32>
    %683 = stablehlo.select %632, %682, %9 : tensor<i1>, tensor<8x4x3x3xf32>
    %684 = stablehlo.select %632, %679, %22 : tensor<i1>, tensor<8x4x3x3xf32>
    %685 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %686 = stablehlo.broadcast_in_dim %685, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %687 = stablehlo.multiply %10, %686 : tensor<8xf32>
    %688 = stablehlo.add %531, %687 : tensor<8xf32>
    %689 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %690 = stablehlo.broadcast_in_dim %689, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %691 = stablehlo.multiply %23, %690 : tensor<8xf32>
    %692 = stablehlo.add %691, %688 : tensor<8xf32>
    %693 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %694 = stablehlo.multiply %692, %693 : tensor<8xf32>
    %695 = stablehlo.subtract %10, %694 : tensor<8xf32>
    %696 = stablehlo.select %632, %695, %10 : tensor<i1>, tensor<8xf32>
    %697 = stablehlo.select %632, %692, %23 : tensor<i1>, tensor<8xf32>
    %698 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %699 = stablehlo.broadcast_in_dim %698, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %700 = stablehlo.multiply %11, %699 : tensor<8xf32>
    %701 = stablehlo.add %532, %700 : tensor<8xf32>
    %702 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %703 = stablehlo.broadcast_in_dim %702, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %704 = stablehlo.multiply %24, %703 : tensor<8xf32>
    %705 = stablehlo.add %704, %701 : tensor<8xf32>
    %706 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %707 = stablehlo.multiply %705, %706 : tensor<8xf32>
    %708 = stablehlo.subtract %11, %707 : tensor<8xf32>
    %709 = stablehlo.select %632, %708, %11 : tensor<i1>, tensor<8xf32>
    %710 = stablehlo.select %632, %705, %24 : tensor<i1>, tensor<8xf32>
    %711 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %712 = stablehlo.broadcast_in_dim %711, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %713 = stablehlo.multiply %14, %712 : tensor<6x8xf32>
    %714 = stablehlo.add %483, %713 : tensor<6x8xf32>
    %715 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %716 = stablehlo.broadcast_in_dim %715, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %717 = stablehlo.multiply %25, %716 : tensor<6x8xf32>
    %718 = stablehlo.add %717, %714 : tensor<6x8xf32>
    %719 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %720 = stablehlo.multiply %718, %719 : tensor<6x8xf32>
    %721 = stablehlo.subtract %14, %720 : tensor<6x8xf32>
    %722 = stablehlo.select %632, %721, %14 : tensor<i1>, tensor<6x8xf32>
    %723 = stablehlo.select %632, %718, %25 : tensor<i1>, tensor<6x8xf32>
    %724 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %725 = stablehlo.broadcast_in_dim %724, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %726 = stablehlo.multiply %17, %725 : tensor<6x6xf32>
    %727 = stablehlo.add %454, %726 : tensor<6x6xf32>
    %728 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %729 = stablehlo.broadcast_in_dim %728, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %730 = stablehlo.multiply %26, %729 : tensor<6x6xf32>
    %731 = stablehlo.add %730, %727 : tensor<6x6xf32>
    %732 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %733 = stablehlo.multiply %731, %732 : tensor<6x6xf32>
    %734 = stablehlo.subtract %17, %733 : tensor<6x6xf32>
    %735 = stablehlo.select %632, %734, %17 : tensor<i1>, tensor<6x6xf32>
    %736 = stablehlo.select %632, %731, %26 : tensor<i1>, tensor<6x6xf32>
    %737 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %738 = stablehlo.broadcast_in_dim %737, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %739 = stablehlo.multiply %18, %738 : tensor<6xf32>
    %740 = stablehlo.add %455, %739 : tensor<6xf32>
    %741 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %742 = stablehlo.broadcast_in_dim %741, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %743 = stablehlo.multiply %27, %742 : tensor<6xf32>
    %744 = stablehlo.add %743, %740 : tensor<6xf32>
    %745 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %746 = stablehlo.multiply %744, %745 : tensor<6xf32>
    %747 = stablehlo.subtract %18, %746 : tensor<6xf32>
    %748 = stablehlo.select %632, %747, %18 : tensor<i1>, tensor<6xf32>
    %749 = stablehlo.select %632, %744, %27 : tensor<i1>, tensor<6xf32>
    %750 = stablehlo.concatenate %88, %115, %205, %232, %300, %327, dim = 0 : (tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<36xf32>
    %751 = stablehlo.iota dim = 0 : tensor<36xi32>
    %752 = stablehlo.constant dense<36> : tensor<i32>
    %753 = stablehlo.broadcast_in_dim %752, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %754 = stablehlo.is_finite %750 : (tensor<36xf32>) -> tensor<36xi1>
    %755 = stablehlo.select %754, %753, %751 : tensor<36xi1>, tensor<36xi32>
    %756 = stablehlo.constant dense<2147483647> : tensor<i32>
    %757 = stablehlo.reduce(%755 init: %756) applies stablehlo.minimum across dimensions = [0] : (tensor<36xi32>, tensor<i32>) -> tensor<i32>
    %758 = stablehlo.broadcast_in_dim %757, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %759 = stablehlo.compare EQ, %751, %758, SIGNED : (tensor<36xi32>, tensor<36xi32>) -> tensor<36xi1>
    %760 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %761 = stablehlo.broadcast_in_dim %760, dims = [] : (tensor<f32>) -> tensor<36xf32>
    %762 = stablehlo.select %759, %750, %761 : tensor<36xi1>, tensor<36xf32>
    %763 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %764 = stablehlo.reduce(%762 init: %763) applies stablehlo.add across dimensions = [0] : (tensor<36xf32>, tensor<f32>) -> tensor<f32>
    %765 = stablehlo.convert %757 : (tensor<i32>) -> tensor<f32>
    %766 = stablehlo.reshape %765 : (tensor<f32>) -> tensor<1xf32>
    %767 = stablehlo.reshape %764 : (tensor<f32>) -> tensor<1xf32>
    %768 = stablehlo.concatenate %629, %766, %767, dim = 0 : (tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
    %769 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %770 = stablehlo.broadcast_in_dim %769, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %771 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %772 = stablehlo.broadcast_in_dim %771, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %773 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %774 = stablehlo.broadcast_in_dim %773, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %775 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %776 = stablehlo.broadcast_in_dim %775, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %777 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %778 = stablehlo.broadcast_in_dim %777, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %779 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %780 = stablehlo.broadcast_in_dim %779, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %781 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %782 = stablehlo.broadcast_in_dim %781, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %783 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %784 = stablehlo.broadcast_in_dim %783, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %785 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %786 = stablehlo.broadcast_in_dim %785, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %787 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %788 = stablehlo.broadcast_in_dim %787, dims = [] : (tensor<f32>) -> tensor<2xf32>
    return %768, %644, %657, %670, %88, %115, %683, %696, %709, %205, %232, %722, %300, %327, %735, %748, %645, %658, %671, %684, %697, %710, %723, %736, %749, %770, %772, %774, %776, %778, %780, %782, %784, %786, %788, %330 : tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<2xf32>, tensor<6x6xf32>
  }
}
