module @simsiam attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 2 : i32} {
  func.func public @main(%1: tensor<4x3x8x8xf32>, %2: tensor<f32>, %3: tensor<f32>, %4: tensor<4x3x3x3xf32> {tf.aliasing_output = 1 : i32}, %5: tensor<4xf32> {tf.aliasing_output = 2 : i32}, %6: tensor<4xf32> {tf.aliasing_output = 3 : i32}, %7: tensor<4xf32> {tf.aliasing_output = 4 : i32}, %8: tensor<4xf32> {tf.aliasing_output = 5 : i32}, %9: tensor<8x4x3x3xf32> {tf.aliasing_output = 6 : i32}, %10: tensor<8xf32> {tf.aliasing_output = 7 : i32}, %11: tensor<8xf32> {tf.aliasing_output = 8 : i32}, %12: tensor<8xf32> {tf.aliasing_output = 9 : i32}, %13: tensor<8xf32> {tf.aliasing_output = 10 : i32}, %14: tensor<6x8xf32> {tf.aliasing_output = 11 : i32}, %15: tensor<6xf32> {tf.aliasing_output = 12 : i32}, %16: tensor<6xf32> {tf.aliasing_output = 13 : i32}, %17: tensor<6x6xf32> {tf.aliasing_output = 14 : i32}, %18: tensor<6xf32> {tf.aliasing_output = 15 : i32}, %19: tensor<4x3x3x3xf32> {tf.aliasing_output = 16 : i32}, %20: tensor<4xf32> {tf.aliasing_output = 17 : i32}, %21: tensor<4xf32> {tf.aliasing_output = 18 : i32}, %22: tensor<8x4x3x3xf32> {tf.aliasing_output = 19 : i32}, %23: tensor<8xf32> {tf.aliasing_output = 20 : i32}, %24: tensor<8xf32> {tf.aliasing_output = 21 : i32}, %25: tensor<6x8xf32> {tf.aliasing_output = 22 : i32}, %26: tensor<6x6xf32> {tf.aliasing_output = 23 : i32}, %27: tensor<6xf32> {tf.aliasing_output = 24 : i32}) -> (tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x6xf32>) {
    %28 = stablehlo.transpose %1, dims = [0, 2, 3, 1] : (tensor<4x3x8x8xf32>) -> tensor<4x8x8x3xf32>
    %29 = stablehlo.transpose %4, dims = [0, 2, 3, 1] : (tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xf32>
    %30 = stablehlo.convolution(%28, %29) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<4x8x8x4xf32>
    %31 = stablehlo.reshape %30 : (tensor<4x8x8x4xf32>) -> tensor<2x2x8x8x4xf32>
    %32 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %33 = stablehlo.reduce(%31 init: %32) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %34 = "stablehlo.all_reduce"(%33) ({
    ^bb0(%35: tensor<f32>, %36: tensor<f32>):
      %37 = stablehlo.add %35, %36 : tensor<f32>
      stablehlo.return %37 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %38 = stablehlo.constant dense<0x3B800000> : tensor<f32>
    %39 = stablehlo.broadcast_in_dim %38, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %40 = stablehlo.multiply %34, %39 : tensor<2x4xf32>
    %41 = stablehlo.broadcast_in_dim %40, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %42 = stablehlo.subtract %31, %41 : tensor<2x2x8x8x4xf32>
    %43 = stablehlo.multiply %42, %42 : tensor<2x2x8x8x4xf32>
    %44 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %45 = stablehlo.reduce(%43 init: %44) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %46 = "stablehlo.all_reduce"(%45) ({
    ^bb0(%47: tensor<f32>, %48: tensor<f32>):
      %49 = stablehlo.add %47, %48 : tensor<f32>
      stablehlo.return %49 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %50 = stablehlo.constant dense<0x3B800000> : tensor<f32>
    %51 = stablehlo.broadcast_in_dim %50, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %52 = stablehlo.multiply %46, %51 : tensor<2x4xf32>
    %53 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %54 = stablehlo.broadcast_in_dim %53, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %55 = stablehlo.add %52, %54 : tensor<2x4xf32>
    %56 = stablehlo.rsqrt %55 : tensor<2x4xf32>
    %57 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %58 = stablehlo.broadcast_in_dim %57, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %59 = stablehlo.multiply %7, %58 : tensor<4xf32>
    %60 = stablehlo.slice %40 [0:1:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %61 = stablehlo.reshape %60 : (tensor<1x4xf32>) -> tensor<4xf32>
    %62 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %63 = stablehlo.broadcast_in_dim %62, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %64 = stablehlo.multiply %61, %63 : tensor<4xf32>
    %65 = stablehlo.add %59, %64 : tensor<4xf32>
    %66 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %67 = stablehlo.broadcast_in_dim %66, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %68 = stablehlo.multiply %65, %67 : tensor<4xf32>
    %69 = stablehlo.slice %40 [1:2:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %70 = stablehlo.reshape %69 : (tensor<1x4xf32>) -> tensor<4xf32>
    %71 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %72 = stablehlo.broadcast_in_dim %71, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %73 = stablehlo.multiply %70, %72 : tensor<4xf32>
    %74 = stablehlo.add %68, %73 : tensor<4xf32>
    %75 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %76 = stablehlo.broadcast_in_dim %75, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %77 = stablehlo.multiply %8, %76 : tensor<4xf32>
    %78 = stablehlo.slice %52 [0:1:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %79 = stablehlo.reshape %78 : (tensor<1x4xf32>) -> tensor<4xf32>
    %80 = stablehlo.constant dense<0x3DCD9A67> : tensor<f32>
    %81 = stablehlo.broadcast_in_dim %80, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %82 = stablehlo.multiply %79, %81 : tensor<4xf32>
    %83 = stablehlo.add %77, %82 : tensor<4xf32>
    %84 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %85 = stablehlo.broadcast_in_dim %84, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %86 = stablehlo.multiply %83, %85 : tensor<4xf32>
    %87 = stablehlo.slice %52 [1:2:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %88 = stablehlo.reshape %87 : (tensor<1x4xf32>) -> tensor<4xf32>
    %89 = stablehlo.constant dense<0x3DCD9A67> : tensor<f32>
    %90 = stablehlo.broadcast_in_dim %89, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %91 = stablehlo.multiply %88, %90 : tensor<4xf32>
    %92 = stablehlo.add %86, %91 : tensor<4xf32>
    %93 = stablehlo.broadcast_in_dim %56, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %94 = stablehlo.multiply %42, %93 : tensor<2x2x8x8x4xf32>
    %95 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %96 = stablehlo.multiply %94, %95 : tensor<2x2x8x8x4xf32>
    %97 = stablehlo.broadcast_in_dim %6, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %98 = stablehlo.add %96, %97 : tensor<2x2x8x8x4xf32>
    %99 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %100 = stablehlo.broadcast_in_dim %99, dims = [] : (tensor<f32>) -> tensor<2x2x8x8x4xf32>
    %101 = stablehlo.maximum %98, %100 : tensor<2x2x8x8x4xf32>
    %102 = stablehlo.reshape %101 : (tensor<2x2x8x8x4xf32>) -> tensor<4x8x8x4xf32>
    %103 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %104 = stablehlo.pad %102, %103, low = [0, 0, 0, 0], high = [0, 0, 0, 0], interior = [0, 0, 0, 0] : (tensor<4x8x8x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %105 = stablehlo.slice %104 [0:4:1, 0:7:2, 0:7:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %106 = stablehlo.constant dense<0> : tensor<ui8>
    %107 = stablehlo.broadcast_in_dim %106, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %108 = stablehlo.slice %104 [0:4:1, 0:7:2, 1:8:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %109 = stablehlo.constant dense<1> : tensor<ui8>
    %110 = stablehlo.broadcast_in_dim %109, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %111 = stablehlo.compare GT, %108, %105, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %112 = stablehlo.compare NE, %108, %108, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %113 = stablehlo.or %111, %112 : tensor<4x4x4x4xi1>
    %114 = stablehlo.select %113, %108, %105 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %115 = stablehlo.select %113, %110, %107 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xui8>
    %116 = stablehlo.slice %104 [0:4:1, 1:8:2, 0:7:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %117 = stablehlo.constant dense<2> : tensor<ui8>
    %118 = stablehlo.broadcast_in_dim %117, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %119 = stablehlo.compare GT, %116, %114, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %120 = stablehlo.compare NE, %116, %116, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %121 = stablehlo.or %119, %120 : tensor<4x4x4x4xi1>
    %122 = stablehlo.select %121, %116, %114 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %123 = stablehlo.select %121, %118, %115 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xui8>
    %124 = stablehlo.slice %104 [0:4:1, 1:8:2, 1:8:2, 0:4:1] : (tensor<4x8x8x4xf32>) -> tensor<4x4x4x4xf32>
    %125 = stablehlo.constant dense<3> : tensor<ui8>
    %126 = stablehlo.broadcast_in_dim %125, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %127 = stablehlo.compare GT, %124, %122, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %128 = stablehlo.compare NE, %124, %124, FLOAT : (tensor<4x4x4x4xf32>, tensor<4x4x4x4xf32>) -> tensor<4x4x4x4xi1>
    %129 = stablehlo.or %127, %128 : tensor<4x4x4x4xi1>
    %130 = stablehlo.select %129, %124, %122 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %131 = stablehlo.select %129, %126, %123 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xui8>
    %132 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %133 = stablehlo.convolution(%130, %132) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x4xf32>, tensor<8x3x3x4xf32>) -> tensor<4x2x2x8xf32>
    %134 = stablehlo.reshape %133 : (tensor<4x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %135 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %136 = stablehlo.reduce(%134 init: %135) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %137 = "stablehlo.all_reduce"(%136) ({
    ^bb0(%138: tensor<f32>, %139: tensor<f32>):
      %140 = stablehlo.add %138, %139 : tensor<f32>
      stablehlo.return %140 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x8xf32>) -> tensor<2x8xf32>
    %141 = stablehlo.constant dense<0x3D800000> : tensor<f32>
    %142 = stablehlo.broadcast_in_dim %141, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %143 = stablehlo.multiply %137, %142 : tensor<2x8xf32>
    %144 = stablehlo.broadcast_in_dim %143, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %145 = stablehlo.subtract %134, %144 : tensor<2x2x2x2x8xf32>
    %146 = stablehlo.multiply %145, %145 : tensor<2x2x2x2x8xf32>
    %147 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %148 = stablehlo.reduce(%146 init: %147) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %149 = "stablehlo.all_reduce"(%148) ({
    ^bb0(%150: tensor<f32>, %151: tensor<f32>):
      %152 = stablehlo.add %150, %151 : tensor<f32>
      stablehlo.return %152 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x8xf32>) -> tensor<2x8xf32>
    %153 = stablehlo.constant dense<0x3D800000> : tensor<f32>
    %154 = stablehlo.broadcast_in_dim %153, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %155 = stablehlo.multiply %149, %154 : tensor<2x8xf32>
    %156 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %157 = stablehlo.broadcast_in_dim %156, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %158 = stablehlo.add %155, %157 : tensor<2x8xf32>
    %159 = stablehlo.rsqrt %158 : tensor<2x8xf32>
    %160 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %161 = stablehlo.broadcast_in_dim %160, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %162 = stablehlo.multiply %12, %161 : tensor<8xf32>
    %163 = stablehlo.slice %143 [0:1:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %164 = stablehlo.reshape %163 : (tensor<1x8xf32>) -> tensor<8xf32>
    %165 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %166 = stablehlo.broadcast_in_dim %165, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %167 = stablehlo.multiply %164, %166 : tensor<8xf32>
    %168 = stablehlo.add %162, %167 : tensor<8xf32>
    %169 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %170 = stablehlo.broadcast_in_dim %169, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %171 = stablehlo.multiply %168, %170 : tensor<8xf32>
    %172 = stablehlo.slice %143 [1:2:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %173 = stablehlo.reshape %172 : (tensor<1x8xf32>) -> tensor<8xf32>
    %174 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %175 = stablehlo.broadcast_in_dim %174, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %176 = stablehlo.multiply %173, %175 : tensor<8xf32>
    %177 = stablehlo.add %171, %176 : tensor<8xf32>
    %178 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %179 = stablehlo.broadcast_in_dim %178, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %180 = stablehlo.multiply %13, %179 : tensor<8xf32>
    %181 = stablehlo.slice %155 [0:1:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %182 = stablehlo.reshape %181 : (tensor<1x8xf32>) -> tensor<8xf32>
    %183 = stablehlo.constant dense<0x3DDA740E> : tensor<f32>
    %184 = stablehlo.broadcast_in_dim %183, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %185 = stablehlo.multiply %182, %184 : tensor<8xf32>
    %186 = stablehlo.add %180, %185 : tensor<8xf32>
    %187 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %188 = stablehlo.broadcast_in_dim %187, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %189 = stablehlo.multiply %186, %188 : tensor<8xf32>
    %190 = stablehlo.slice %155 [1:2:1, 0:8:1] : (tensor<2x8xf32>) -> tensor<1x8xf32>
    %191 = stablehlo.reshape %190 : (tensor<1x8xf32>) -> tensor<8xf32>
    %192 = stablehlo.constant dense<0x3DDA740E> : tensor<f32>
    %193 = stablehlo.broadcast_in_dim %192, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %194 = stablehlo.multiply %191, %193 : tensor<8xf32>
    %195 = stablehlo.add %189, %194 : tensor<8xf32>
    %196 = stablehlo.broadcast_in_dim %159, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %197 = stablehlo.multiply %145, %196 : tensor<2x2x2x2x8xf32>
    %198 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<2x2x2x2x8xf32>
    %199 = stablehlo.multiply %197, %198 : tensor<2x2x2x2x8xf32>
    %200 = stablehlo.broadcast_in_dim %11, dims = [4] : (tensor<8xf32>) -> tensor<2x2x2x2x8xf32>
    %201 = stablehlo.add %199, %200 : tensor<2x2x2x2x8xf32>
    %202 = stablehlo.reshape %201 : (tensor<2x2x2x2x8xf32>) -> tensor<4x2x2x8xf32>
    %203 = stablehlo.slice %130 [0:4:1, 0:3:2, 0:3:2, 0:4:1] : (tensor<4x4x4x4xf32>) -> tensor<4x2x2x4xf32>
    %204 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %205 = stablehlo.pad %203, %204, low = [0, 0, 0, 2], high = [0, 0, 0, 2], interior = [0, 0, 0, 0] : (tensor<4x2x2x4xf32>, tensor<f32>) -> tensor<4x2x2x8xf32>
    %206 = stablehlo.add %202, %205 : tensor<4x2x2x8xf32>
    %207 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %208 = stablehlo.broadcast_in_dim %207, dims = [] : (tensor<f32>) -> tensor<4x2x2x8xf32>
    %209 = stablehlo.maximum %206, %208 : tensor<4x2x2x8xf32>
    %210 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %211 = stablehlo.reduce(%209 init: %210) applies stablehlo.add across dimensions = [1, 2] : (tensor<4x2x2x8xf32>, tensor<f32>) -> tensor<4x8xf32>
    %212 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %213 = stablehlo.broadcast_in_dim %212, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %214 = stablehlo.multiply %211, %213 : tensor<4x8xf32>
    %215 = stablehlo.dot_general %214, %14, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32>
    %216 = stablehlo.reshape %215 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %217 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %218 = stablehlo.reduce(%216 init: %217) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %219 = "stablehlo.all_reduce"(%218) ({
    ^bb0(%220: tensor<f32>, %221: tensor<f32>):
      %222 = stablehlo.add %220, %221 : tensor<f32>
      stablehlo.return %222 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
    %223 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %224 = stablehlo.broadcast_in_dim %223, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %225 = stablehlo.multiply %219, %224 : tensor<2x6xf32>
    %226 = stablehlo.broadcast_in_dim %225, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %227 = stablehlo.subtract %216, %226 : tensor<2x2x6xf32>
    %228 = stablehlo.multiply %227, %227 : tensor<2x2x6xf32>
    %229 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %230 = stablehlo.reduce(%228 init: %229) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %231 = "stablehlo.all_reduce"(%230) ({
    ^bb0(%232: tensor<f32>, %233: tensor<f32>):
      %234 = stablehlo.add %232, %233 : tensor<f32>
      stablehlo.return %234 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
    %235 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %236 = stablehlo.broadcast_in_dim %235, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %237 = stablehlo.multiply %231, %236 : tensor<2x6xf32>
    %238 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %239 = stablehlo.broadcast_in_dim %238, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %240 = stablehlo.add %237, %239 : tensor<2x6xf32>
    %241 = stablehlo.rsqrt %240 : tensor<2x6xf32>
    %242 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %243 = stablehlo.broadcast_in_dim %242, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %244 = stablehlo.multiply %15, %243 : tensor<6xf32>
    %245 = stablehlo.slice %225 [0:1:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %246 = stablehlo.reshape %245 : (tensor<1x6xf32>) -> tensor<6xf32>
    %247 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %248 = stablehlo.broadcast_in_dim %247, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %249 = stablehlo.multiply %246, %248 : tensor<6xf32>
    %250 = stablehlo.add %244, %249 : tensor<6xf32>
    %251 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %252 = stablehlo.broadcast_in_dim %251, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %253 = stablehlo.multiply %250, %252 : tensor<6xf32>
    %254 = stablehlo.slice %225 [1:2:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %255 = stablehlo.reshape %254 : (tensor<1x6xf32>) -> tensor<6xf32>
    %256 = stablehlo.constant dense<0x3DCCCCCD> : tensor<f32>
    %257 = stablehlo.broadcast_in_dim %256, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %258 = stablehlo.multiply %255, %257 : tensor<6xf32>
    %259 = stablehlo.add %253, %258 : tensor<6xf32>
    %260 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %261 = stablehlo.broadcast_in_dim %260, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %262 = stablehlo.multiply %16, %261 : tensor<6xf32>
    %263 = stablehlo.slice %237 [0:1:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %264 = stablehlo.reshape %263 : (tensor<1x6xf32>) -> tensor<6xf32>
    %265 = stablehlo.constant dense<0x3E088889> : tensor<f32>
    %266 = stablehlo.broadcast_in_dim %265, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %267 = stablehlo.multiply %264, %266 : tensor<6xf32>
    %268 = stablehlo.add %262, %267 : tensor<6xf32>
    %269 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %270 = stablehlo.broadcast_in_dim %269, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %271 = stablehlo.multiply %268, %270 : tensor<6xf32>
    %272 = stablehlo.slice %237 [1:2:1, 0:6:1] : (tensor<2x6xf32>) -> tensor<1x6xf32>
    %273 = stablehlo.reshape %272 : (tensor<1x6xf32>) -> tensor<6xf32>
    %274 = stablehlo.constant dense<0x3E088889> : tensor<f32>
    %275 = stablehlo.broadcast_in_dim %274, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %276 = stablehlo.multiply %273, %275 : tensor<6xf32>
    %277 = stablehlo.add %271, %276 : tensor<6xf32>
    %278 = stablehlo.broadcast_in_dim %241, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %279 = stablehlo.multiply %227, %278 : tensor<2x2x6xf32>
    %280 = stablehlo.reshape %279 : (tensor<2x2x6xf32>) -> tensor<4x6xf32>
    %281 = stablehlo.dot_general %280, %17, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<6x6xf32>) -> tensor<4x6xf32>
    %282 = stablehlo.broadcast_in_dim %18, dims = [1] : (tensor<6xf32>) -> tensor<4x6xf32>
    %283 = stablehlo.add %281, %282 : tensor<4x6xf32>
    %284 = stablehlo.reshape %283 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %285 = stablehlo.reshape %280 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %286 = stablehlo.reverse %285, dims = [0] : tensor<2x2x6xf32>
    %287 = stablehlo.multiply %284, %284 : tensor<2x2x6xf32>
    %288 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %289 = stablehlo.reduce(%287 init: %288) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %290 = stablehlo.sqrt %289 : tensor<2x2xf32>
    %291 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %292 = stablehlo.broadcast_in_dim %291, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %293 = stablehlo.maximum %290, %292 : tensor<2x2xf32>
    %294 = stablehlo.multiply %286, %286 : tensor<2x2x6xf32>
    %295 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %296 = stablehlo.reduce(%294 init: %295) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %297 = stablehlo.sqrt %296 : tensor<2x2xf32>
    %298 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %299 = stablehlo.broadcast_in_dim %298, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %300 = stablehlo.maximum %297, %299 : tensor<2x2xf32>
    %301 = stablehlo.multiply %293, %300 : tensor<2x2xf32>
    %302 = stablehlo.multiply %284, %286 : tensor<2x2x6xf32>
    %303 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %304 = stablehlo.reduce(%302 init: %303) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %305 = stablehlo.divide %304, %301 : tensor<2x2xf32>
    %306 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %307 = stablehlo.reduce(%305 init: %306) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<f32>
    %308 = "stablehlo.all_reduce"(%307) ({
    ^bb0(%309: tensor<f32>, %310: tensor<f32>):
      %311 = stablehlo.add %309, %310 : tensor<f32>
      stablehlo.return %311 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<f32>) -> tensor<f32>
    %312 = stablehlo.constant dense<0x3E000000> : tensor<f32>
    %313 = stablehlo.multiply %308, %312 : tensor<f32>
    %314 = stablehlo.negate %313 : tensor<f32>
    %315 = stablehlo.reshape %280 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %316 = stablehlo.multiply %315, %315 : tensor<2x2x6xf32>
    %317 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %318 = stablehlo.reduce(%316 init: %317) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %319 = stablehlo.sqrt %318 : tensor<2x2xf32>
    %320 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %321 = stablehlo.broadcast_in_dim %320, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %322 = stablehlo.maximum %319, %321 : tensor<2x2xf32>
    %323 = stablehlo.broadcast_in_dim %322, dims = [0, 1] : (tensor<2x2xf32>) -> tensor<2x2x6xf32>
    %324 = stablehlo.divide %315, %323 : tensor<2x2x6xf32>
    %325 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %326 = stablehlo.reduce(%324 init: %325) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %327 = "stablehlo.all_reduce"(%326) ({
    ^bb0(%328: tensor<f32>, %329: tensor<f32>):
      %330 = stablehlo.add %328, %329 : tensor<f32>
      stablehlo.return %330 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
    %331 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %332 = stablehlo.broadcast_in_dim %331, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %333 = stablehlo.multiply %327, %332 : tensor<2x6xf32>
    %334 = stablehlo.broadcast_in_dim %333, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %335 = stablehlo.subtract %324, %334 : tensor<2x2x6xf32>
    %336 = stablehlo.multiply %335, %335 : tensor<2x2x6xf32>
    %337 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %338 = stablehlo.reduce(%336 init: %337) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %339 = "stablehlo.all_reduce"(%338) ({
    ^bb0(%340: tensor<f32>, %341: tensor<f32>):
      %342 = stablehlo.add %340, %341 : tensor<f32>
      stablehlo.return %342 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
    %343 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %344 = stablehlo.broadcast_in_dim %343, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %345 = stablehlo.multiply %339, %344 : tensor<2x6xf32>
    %346 = stablehlo.sqrt %345 : tensor<2x6xf32>
    %347 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %348 = stablehlo.reduce(%346 init: %347) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x6xf32>, tensor<f32>) -> tensor<f32>
    %349 = stablehlo.constant dense<0x3DAAAAAB> : tensor<f32>
    %350 = stablehlo.multiply %348, %349 : tensor<f32>
    %351 = stablehlo.constant dense<0x401CC471> : tensor<f32>
    %352 = stablehlo.multiply %350, %351 : tensor<f32>
    %353 = stablehlo.reshape %314 : (tensor<f32>) -> tensor<1xf32>
    %354 = stablehlo.reshape %352 : (tensor<f32>) -> tensor<1xf32>
    %355 = stablehlo.concatenate %353, %354, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %356 = stablehlo.constant dense<0x3F800000> : tensor<f32>
    %357 = stablehlo.broadcast_in_dim %356, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %358 = stablehlo.slice %357 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %359 = stablehlo.reshape %358 : (tensor<1xf32>) -> tensor<f32>
    %360 = stablehlo.constant dense<0xBE000000> : tensor<f32>
    %361 = stablehlo.multiply %359, %360 : tensor<f32>
    %362 = stablehlo.reshape %283 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %363 = stablehlo.reshape %280 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %364 = stablehlo.reverse %363, dims = [0] : tensor<2x2x6xf32>
    %365 = stablehlo.multiply %362, %362 : tensor<2x2x6xf32>
    %366 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %367 = stablehlo.reduce(%365 init: %366) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %368 = stablehlo.sqrt %367 : tensor<2x2xf32>
    %369 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %370 = stablehlo.broadcast_in_dim %369, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %371 = stablehlo.maximum %368, %370 : tensor<2x2xf32>
    %372 = stablehlo.multiply %364, %364 : tensor<2x2x6xf32>
    %373 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %374 = stablehlo.reduce(%372 init: %373) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %375 = stablehlo.sqrt %374 : tensor<2x2xf32>
    %376 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %377 = stablehlo.broadcast_in_dim %376, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %378 = stablehlo.maximum %375, %377 : tensor<2x2xf32>
    %379 = stablehlo.multiply %371, %378 : tensor<2x2xf32>
    %380 = stablehlo.multiply %362, %364 : tensor<2x2x6xf32>
    %381 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %382 = stablehlo.reduce(%380 init: %381) applies stablehlo.add across dimensions = [2] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x2xf32>
    %383 = stablehlo.divide %382, %379 : tensor<2x2xf32>
    %384 = stablehlo.broadcast_in_dim %379, dims = [0, 1] : (tensor<2x2xf32>) -> tensor<2x2x6xf32>
    %385 = stablehlo.divide %364, %384 : tensor<2x2x6xf32>
    %386 = stablehlo.multiply %371, %371 : tensor<2x2xf32>
    %387 = stablehlo.divide %383, %386 : tensor<2x2xf32>
    %388 = stablehlo.constant dense<0x322BCC77> : tensor<f32>
    %389 = stablehlo.broadcast_in_dim %388, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %390 = stablehlo.compare GT, %371, %389, FLOAT : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
    %391 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %392 = stablehlo.broadcast_in_dim %391, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
    %393 = stablehlo.select %390, %387, %392 : tensor<2x2xi1>, tensor<2x2xf32>
    %394 = stablehlo.broadcast_in_dim %393, dims = [0, 1] : (tensor<2x2xf32>) -> tensor<2x2x6xf32>
    %395 = stablehlo.multiply %362, %394 : tensor<2x2x6xf32>
    %396 = stablehlo.subtract %385, %395 : tensor<2x2x6xf32>
    %397 = stablehlo.broadcast_in_dim %361, dims = [] : (tensor<f32>) -> tensor<2x2x6xf32>
    %398 = stablehlo.multiply %396, %397 : tensor<2x2x6xf32>
    %399 = stablehlo.reshape %398 : (tensor<2x2x6xf32>) -> tensor<4x6xf32>
    %400 = stablehlo.dot_general %399, %280, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<6x6xf32>
    %401 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %402 = stablehlo.reduce(%399 init: %401) applies stablehlo.add across dimensions = [0] : (tensor<4x6xf32>, tensor<f32>) -> tensor<6xf32>
    %403 = stablehlo.dot_general %399, %17, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<6x6xf32>) -> tensor<4x6xf32>
    %404 = stablehlo.reshape %215 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %405 = stablehlo.broadcast_in_dim %225, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %406 = stablehlo.subtract %404, %405 : tensor<2x2x6xf32>
    %407 = stablehlo.broadcast_in_dim %241, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %408 = stablehlo.multiply %406, %407 : tensor<2x2x6xf32>
    %409 = stablehlo.reshape %403 : (tensor<4x6xf32>) -> tensor<2x2x6xf32>
    %410 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %411 = stablehlo.reduce(%409 init: %410) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %412 = stablehlo.multiply %409, %408 : tensor<2x2x6xf32>
    %413 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %414 = stablehlo.reduce(%412 init: %413) applies stablehlo.add across dimensions = [1] : (tensor<2x2x6xf32>, tensor<f32>) -> tensor<2x6xf32>
    %415:2 = stablehlo.optimization_barrier %411, %414 : tensor<2x6xf32>, tensor<2x6xf32>
    %416 = "stablehlo.all_reduce"(%415#0) ({
    ^bb0(%417: tensor<f32>, %418: tensor<f32>):
      %419 = stablehlo.add %417, %418 : tensor<f32>
      stablehlo.return %419 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
    %420 = "stablehlo.all_reduce"(%415#1) ({
    ^bb0(%421: tensor<f32>, %422: tensor<f32>):
      %423 = stablehlo.add %421, %422 : tensor<f32>
      stablehlo.return %423 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x6xf32>) -> tensor<2x6xf32>
    %424 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %425 = stablehlo.broadcast_in_dim %424, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %426 = stablehlo.multiply %416, %425 : tensor<2x6xf32>
    %427 = stablehlo.broadcast_in_dim %426, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %428 = stablehlo.subtract %409, %427 : tensor<2x2x6xf32>
    %429 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %430 = stablehlo.broadcast_in_dim %429, dims = [] : (tensor<f32>) -> tensor<2x6xf32>
    %431 = stablehlo.multiply %420, %430 : tensor<2x6xf32>
    %432 = stablehlo.broadcast_in_dim %431, dims = [0, 2] : (tensor<2x6xf32>) -> tensor<2x2x6xf32>
    %433 = stablehlo.multiply %408, %432 : tensor<2x2x6xf32>
    %434 = stablehlo.subtract %428, %433 : tensor<2x2x6xf32>
    %435 = stablehlo.multiply %434, %407 : tensor<2x2x6xf32>
    %436 = stablehlo.reshape %435 : (tensor<2x2x6xf32>) -> tensor<4x6xf32>
    %437 = stablehlo.dot_general %436, %214, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<4x8xf32>) -> tensor<6x8xf32>
    %438 = stablehlo.dot_general %436, %14, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
    %439 = stablehlo.constant dense<0x3E800000> : tensor<f32>
    %440 = stablehlo.broadcast_in_dim %439, dims = [] : (tensor<f32>) -> tensor<4x8xf32>
    %441 = stablehlo.multiply %438, %440 : tensor<4x8xf32>
    %442 = stablehlo.broadcast_in_dim %441, dims = [0, 3] : (tensor<4x8xf32>) -> tensor<4x2x2x8xf32>
    %443 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %444 = stablehlo.broadcast_in_dim %443, dims = [] : (tensor<f32>) -> tensor<4x2x2x8xf32>
    %445 = stablehlo.compare GT, %209, %444, FLOAT : (tensor<4x2x2x8xf32>, tensor<4x2x2x8xf32>) -> tensor<4x2x2x8xi1>
    %446 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %447 = stablehlo.broadcast_in_dim %446, dims = [] : (tensor<f32>) -> tensor<4x2x2x8xf32>
    %448 = stablehlo.select %445, %442, %447 : tensor<4x2x2x8xi1>, tensor<4x2x2x8xf32>
    %449 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %450 = stablehlo.pad %448, %449, low = [0, 0, 0, -2], high = [0, 1, 1, -2], interior = [0, 1, 1, 0] : (tensor<4x2x2x8xf32>, tensor<f32>) -> tensor<4x4x4x4xf32>
    %451 = stablehlo.reshape %133 : (tensor<4x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %452 = stablehlo.broadcast_in_dim %143, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %453 = stablehlo.subtract %451, %452 : tensor<2x2x2x2x8xf32>
    %454 = stablehlo.broadcast_in_dim %159, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %455 = stablehlo.multiply %453, %454 : tensor<2x2x2x2x8xf32>
    %456 = stablehlo.reshape %448 : (tensor<4x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %457 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %458 = stablehlo.reduce(%456 init: %457) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %459 = stablehlo.multiply %456, %455 : tensor<2x2x2x2x8xf32>
    %460 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %461 = stablehlo.reduce(%459 init: %460) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x2x2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %462:2 = stablehlo.optimization_barrier %458, %461 : tensor<2x8xf32>, tensor<2x8xf32>
    %463 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %464 = stablehlo.reduce(%462#1 init: %463) applies stablehlo.add across dimensions = [0] : (tensor<2x8xf32>, tensor<f32>) -> tensor<8xf32>
    %465 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %466 = stablehlo.reduce(%462#0 init: %465) applies stablehlo.add across dimensions = [0] : (tensor<2x8xf32>, tensor<f32>) -> tensor<8xf32>
    %467 = "stablehlo.all_reduce"(%462#0) ({
    ^bb0(%468: tensor<f32>, %469: tensor<f32>):
      %470 = stablehlo.add %468, %469 : tensor<f32>
      stablehlo.return %470 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x8xf32>) -> tensor<2x8xf32>
    %471 = "stablehlo.all_reduce"(%462#1) ({
    ^bb0(%472: tensor<f32>, %473: tensor<f32>):
      %474 = stablehlo.add %472, %473 : tensor<f32>
      stablehlo.return %474 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x8xf32>) -> tensor<2x8xf32>
    %475 = stablehlo.constant dense<0x3D800000> : tensor<f32>
    %476 = stablehlo.broadcast_in_dim %475, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %477 = stablehlo.multiply %467, %476 : tensor<2x8xf32>
    %478 = stablehlo.broadcast_in_dim %477, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %479 = stablehlo.subtract %456, %478 : tensor<2x2x2x2x8xf32>
    %480 = stablehlo.constant dense<0x3D800000> : tensor<f32>
    %481 = stablehlo.broadcast_in_dim %480, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %482 = stablehlo.multiply %471, %481 : tensor<2x8xf32>
    %483 = stablehlo.broadcast_in_dim %482, dims = [0, 4] : (tensor<2x8xf32>) -> tensor<2x2x2x2x8xf32>
    %484 = stablehlo.multiply %455, %483 : tensor<2x2x2x2x8xf32>
    %485 = stablehlo.subtract %479, %484 : tensor<2x2x2x2x8xf32>
    %486 = stablehlo.multiply %485, %454 : tensor<2x2x2x2x8xf32>
    %487 = stablehlo.broadcast_in_dim %10, dims = [4] : (tensor<8xf32>) -> tensor<2x2x2x2x8xf32>
    %488 = stablehlo.multiply %486, %487 : tensor<2x2x2x2x8xf32>
    %489 = stablehlo.reshape %488 : (tensor<2x2x2x2x8xf32>) -> tensor<4x2x2x8xf32>
    %490 = stablehlo.convolution(%130, %489) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 0], [1, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x4x4x4xf32>, tensor<4x2x2x8xf32>) -> tensor<3x3x4x8xf32>
    %491 = stablehlo.transpose %490, dims = [3, 2, 0, 1] : (tensor<3x3x4x8xf32>) -> tensor<8x4x3x3xf32>
    %492 = stablehlo.transpose %9, dims = [0, 2, 3, 1] : (tensor<8x4x3x3xf32>) -> tensor<8x3x3x4xf32>
    %493 = stablehlo.reverse %492, dims = [1, 2] : tensor<8x3x3x4xf32>
    %494 = stablehlo.convolution(%489, %493) dim_numbers = [b, 0, 1, f]x[i, 0, 1, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 2], [1, 2]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x2x2x8xf32>, tensor<8x3x3x4xf32>) -> tensor<4x4x4x4xf32>
    %495 = stablehlo.add %450, %494 : tensor<4x4x4x4xf32>
    %496 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %497 = stablehlo.broadcast_in_dim %496, dims = [] : (tensor<f32>) -> tensor<4x4x4x4xf32>
    %498 = stablehlo.constant dense<0> : tensor<ui8>
    %499 = stablehlo.broadcast_in_dim %498, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %500 = stablehlo.compare EQ, %131, %499, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %501 = stablehlo.select %500, %495, %497 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %502 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %503 = stablehlo.pad %501, %502, low = [0, 0, 0, 0], high = [0, 1, 1, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %504 = stablehlo.constant dense<1> : tensor<ui8>
    %505 = stablehlo.broadcast_in_dim %504, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %506 = stablehlo.compare EQ, %131, %505, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %507 = stablehlo.select %506, %495, %497 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %508 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %509 = stablehlo.pad %507, %508, low = [0, 0, 1, 0], high = [0, 1, 0, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %510 = stablehlo.add %503, %509 : tensor<4x8x8x4xf32>
    %511 = stablehlo.constant dense<2> : tensor<ui8>
    %512 = stablehlo.broadcast_in_dim %511, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %513 = stablehlo.compare EQ, %131, %512, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %514 = stablehlo.select %513, %495, %497 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %515 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %516 = stablehlo.pad %514, %515, low = [0, 1, 0, 0], high = [0, 0, 1, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %517 = stablehlo.add %510, %516 : tensor<4x8x8x4xf32>
    %518 = stablehlo.constant dense<3> : tensor<ui8>
    %519 = stablehlo.broadcast_in_dim %518, dims = [] : (tensor<ui8>) -> tensor<4x4x4x4xui8>
    %520 = stablehlo.compare EQ, %131, %519, UNSIGNED : (tensor<4x4x4x4xui8>, tensor<4x4x4x4xui8>) -> tensor<4x4x4x4xi1>
    %521 = stablehlo.select %520, %495, %497 : tensor<4x4x4x4xi1>, tensor<4x4x4x4xf32>
    %522 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %523 = stablehlo.pad %521, %522, low = [0, 1, 1, 0], high = [0, 0, 0, 0], interior = [0, 1, 1, 0] : (tensor<4x4x4x4xf32>, tensor<f32>) -> tensor<4x8x8x4xf32>
    %524 = stablehlo.add %517, %523 : tensor<4x8x8x4xf32>
    %525 = stablehlo.reshape %30 : (tensor<4x8x8x4xf32>) -> tensor<2x2x8x8x4xf32>
    %526 = stablehlo.broadcast_in_dim %40, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %527 = stablehlo.subtract %525, %526 : tensor<2x2x8x8x4xf32>
    %528 = stablehlo.broadcast_in_dim %56, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %529 = stablehlo.multiply %527, %528 : tensor<2x2x8x8x4xf32>
    %530 = stablehlo.reshape %524 : (tensor<4x8x8x4xf32>) -> tensor<2x2x8x8x4xf32>
    %531 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %532 = stablehlo.broadcast_in_dim %531, dims = [] : (tensor<f32>) -> tensor<2x2x8x8x4xf32>
    %533 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %534 = stablehlo.multiply %529, %533 : tensor<2x2x8x8x4xf32>
    %535 = stablehlo.negate %6 : tensor<4xf32>
    %536 = stablehlo.broadcast_in_dim %535, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %537 = stablehlo.compare GT, %534, %536, FLOAT : (tensor<2x2x8x8x4xf32>, tensor<2x2x8x8x4xf32>) -> tensor<2x2x8x8x4xi1>
    %538 = stablehlo.select %537, %530, %532 : tensor<2x2x8x8x4xi1>, tensor<2x2x8x8x4xf32>
    %539 = stablehlo.compare LE, %534, %536, FLOAT : (tensor<2x2x8x8x4xf32>, tensor<2x2x8x8x4xf32>) -> tensor<2x2x8x8x4xi1>
    %540 = stablehlo.select %539, %532, %530 : tensor<2x2x8x8x4xi1>, tensor<2x2x8x8x4xf32>
    %541 = stablehlo.compare LT, %536, %534, FLOAT : (tensor<2x2x8x8x4xf32>, tensor<2x2x8x8x4xf32>) -> tensor<2x2x8x8x4xi1>
    %542 = stablehlo.select %541, %530, %532 : tensor<2x2x8x8x4xi1>, tensor<2x2x8x8x4xf32>
    %543 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %544 = stablehlo.reduce(%538 init: %543) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %545 = stablehlo.multiply %540, %529 : tensor<2x2x8x8x4xf32>
    %546 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %547 = stablehlo.reduce(%545 init: %546) applies stablehlo.add across dimensions = [1, 2, 3] : (tensor<2x2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %548:2 = stablehlo.optimization_barrier %544, %547 : tensor<2x4xf32>, tensor<2x4xf32>
    %549 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %550 = stablehlo.reduce(%548#1 init: %549) applies stablehlo.add across dimensions = [0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<4xf32>
    %551 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %552 = stablehlo.reduce(%548#0 init: %551) applies stablehlo.add across dimensions = [0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<4xf32>
    %553 = "stablehlo.all_reduce"(%548#0) ({
    ^bb0(%554: tensor<f32>, %555: tensor<f32>):
      %556 = stablehlo.add %554, %555 : tensor<f32>
      stablehlo.return %556 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %557 = "stablehlo.all_reduce"(%548#1) ({
    ^bb0(%558: tensor<f32>, %559: tensor<f32>):
      %560 = stablehlo.add %558, %559 : tensor<f32>
      stablehlo.return %560 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
    %561 = stablehlo.constant dense<0x3B800000> : tensor<f32>
    %562 = stablehlo.broadcast_in_dim %561, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %563 = stablehlo.multiply %553, %562 : tensor<2x4xf32>
    %564 = stablehlo.broadcast_in_dim %563, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %565 = stablehlo.subtract %542, %564 : tensor<2x2x8x8x4xf32>
    %566 = stablehlo.constant dense<0x3B800000> : tensor<f32>
    %567 = stablehlo.broadcast_in_dim %566, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %568 = stablehlo.multiply %557, %567 : tensor<2x4xf32>
    %569 = stablehlo.broadcast_in_dim %568, dims = [0, 4] : (tensor<2x4xf32>) -> tensor<2x2x8x8x4xf32>
    %570 = stablehlo.multiply %529, %569 : tensor<2x2x8x8x4xf32>
    %571 = stablehlo.subtract %565, %570 : tensor<2x2x8x8x4xf32>
    %572 = stablehlo.multiply %571, %528 : tensor<2x2x8x8x4xf32>
    %573 = stablehlo.broadcast_in_dim %5, dims = [4] : (tensor<4xf32>) -> tensor<2x2x8x8x4xf32>
    %574 = stablehlo.multiply %572, %573 : tensor<2x2x8x8x4xf32>
    %575 = stablehlo.reshape %574 : (tensor<2x2x8x8x4xf32>) -> tensor<4x8x8x4xf32>
    %576 = stablehlo.convolution(%28, %575) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<4x8x8x3xf32>, tensor<4x8x8x4xf32>) -> tensor<3x3x3x4xf32>
    %577 = stablehlo.transpose %576, dims = [3, 2, 0, 1] : (tensor<3x3x3x4xf32>) -> tensor<4x3x3x3xf32>
    %578 = stablehlo.reshape %577 : (tensor<4x3x3x3xf32>) -> tensor<108xf32>
    %579 = stablehlo.reshape %491 : (tensor<8x4x3x3xf32>) -> tensor<288xf32>
    %580 = stablehlo.reshape %437 : (tensor<6x8xf32>) -> tensor<48xf32>
    %581 = stablehlo.reshape %400 : (tensor<6x6xf32>) -> tensor<36xf32>
    %582 = stablehlo.concatenate %578, %550, %552, %579, %464, %466, %580, %581, %402, dim = 0 : (tensor<108xf32>, tensor<4xf32>, tensor<4xf32>, tensor<288xf32>, tensor<8xf32>, tensor<8xf32>, tensor<48xf32>, tensor<36xf32>, tensor<6xf32>) -> tensor<510xf32>
    %583 = "stablehlo.all_reduce"(%582) ({
    ^bb0(%584: tensor<f32>, %585: tensor<f32>):
      %586 = stablehlo.add %584, %585 : tensor<f32>
      stablehlo.return %586 : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<510xf32>) -> tensor<510xf32>
    %587 = stablehlo.slice %583 [0:108:1] : (tensor<510xf32>) -> tensor<108xf32>
    %588 = stablehlo.reshape %587 : (tensor<108xf32>) -> tensor<4x3x3x3xf32>
    %589 = stablehlo.slice %583 [108:112:1] : (tensor<510xf32>) -> tensor<4xf32>
    %590 = stablehlo.slice %583 [112:116:1] : (tensor<510xf32>) -> tensor<4xf32>
    %591 = stablehlo.slice %583 [116:404:1] : (tensor<510xf32>) -> tensor<288xf32>
    %592 = stablehlo.reshape %591 : (tensor<288xf32>) -> tensor<8x4x3x3xf32>
    %593 = stablehlo.slice %583 [404:412:1] : (tensor<510xf32>) -> tensor<8xf32>
    %594 = stablehlo.slice %583 [412:420:1] : (tensor<510xf32>) -> tensor<8xf32>
    %595 = stablehlo.slice %583 [420:468:1] : (tensor<510xf32>) -> tensor<48xf32>
    %596 = stablehlo.reshape %595 : (tensor<48xf32>) -> tensor<6x8xf32>
    %597 = stablehlo.slice %583 [468:504:1] : (tensor<510xf32>) -> tensor<36xf32>
    %598 = stablehlo.reshape %597 : (tensor<36xf32>) -> tensor<6x6xf32>
    %599 = stablehlo.slice %583 [504:510:1] : (tensor<510xf32>) -> tensor<6xf32>
    %600 = stablehlo.slice %355 [0:1:1] : (tensor<2xf32>) -> tensor<1xf32>
    %601 = stablehlo.reshape %600 : (tensor<1xf32>) -> tensor<f32>
    %602 = stablehlo.is_finite %601 : (tensor<f32>) -> tensor<i1>
    %603 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %604 = stablehlo.broadcast_in_dim %603, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %605 = stablehlo.multiply %4, %604 : tensor<4x3x3x3xf32>
    %606 = stablehlo.add %588, %605 : tensor<4x3x3x3xf32>
    %607 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %608 = stablehlo.broadcast_in_dim %607, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %609 = stablehlo.multiply %19, %608 : tensor<4x3x3x3xf32>
    %610 = stablehlo.add %609, %606 : tensor<4x3x3x3xf32>
    %611 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x3x3x3xf32>
    %612 = stablehlo.multiply %610, %611 : tensor<4x3x3x3xf32>
    %613 = stablehlo.subtract %4, %612 : tensor<4x3x3x3xf32>
    %614 = stablehlo.select %602, %613, %4 : tensor<i1>, tensor<4x3x3x3xf32>
    %615 = stablehlo.select %602, %610, %19 : tensor<i1>, tensor<4x3x3x3xf32>
    %616 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %617 = stablehlo.broadcast_in_dim %616, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %618 = stablehlo.multiply %5, %617 : tensor<4xf32>
    %619 = stablehlo.add %589, %618 : tensor<4xf32>
    %620 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %621 = stablehlo.broadcast_in_dim %620, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %622 = stablehlo.multiply %20, %621 : tensor<4xf32>
    %623 = stablehlo.add %622, %619 : tensor<4xf32>
    %624 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %625 = stablehlo.multiply %623, %624 : tensor<4xf32>
    %626 = stablehlo.subtract %5, %625 : tensor<4xf32>
    %627 = stablehlo.select %602, %626, %5 : tensor<i1>, tensor<4xf32>
    %628 = stablehlo.select %602, %623, %20 : tensor<i1>, tensor<4xf32>
    %629 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %630 = stablehlo.broadcast_in_dim %629, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %631 = stablehlo.multiply %6, %630 : tensor<4xf32>
    %632 = stablehlo.add %590, %631 : tensor<4xf32>
    %633 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %634 = stablehlo.broadcast_in_dim %633, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %635 = stablehlo.multiply %21, %634 : tensor<4xf32>
    %636 = stablehlo.add %635, %632 : tensor<4xf32>
    %637 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %638 = stablehlo.multiply %636, %637 : tensor<4xf32>
    %639 = stablehlo.subtract %6, %638 : tensor<4xf32>
    %640 = stablehlo.select %602, %639, %6 : tensor<i1>, tensor<4xf32>
    %641 = stablehlo.select %602, %636, %21 : tensor<i1>, tensor<4xf32>
    %642 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %643 = stablehlo.broadcast_in_dim %642, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %644 = stablehlo.multiply %9, %643 : tensor<8x4x3x3xf32>
    %645 = stablehlo.add %592, %644 : tensor<8x4x3x3xf32>
    %646 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %647 = stablehlo.broadcast_in_dim %646, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %648 = stablehlo.multiply %22, %647 : tensor<8x4x3x3xf32>
    %649 = stablehlo.add %648, %645 : tensor<8x4x3x3xf32>
    %650 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8x4x3x3xf32>
    %651 = stablehlo.multiply %649, %650 : tensor<8x4x3x3xf32>
    %652 = stablehlo.subtract %9, %651 : tensor<8x4x3x3xf32>
    %653 = stablehlo.select %602, %652, %9 : tensor<i1>, tensor<8x4x3x3xf32>
    %654 = stablehlo.select %602, %649, %22 : tensor<i1>, tensor<8x4x3x3xf32>
    %655 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %656 = stablehlo.broadcast_in_dim %655, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %657 = stablehlo.multiply %10, %656 : tensor<8xf32>
    %658 = stablehlo.add %593, %657 : tensor<8xf32>
    %659 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %660 = stablehlo.broadcast_in_dim %659, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %661 = stablehlo.multiply %23, %660 : tensor<8xf32>
    %662 = stablehlo.add %661, %658 : tensor<8xf32>
    %663 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %664 = stablehlo.multiply %662, %663 : tensor<8xf32>
    %665 = stablehlo.subtract %10, %664 : tensor<8xf32>
    %666 = stablehlo.select %602, %665, %10 : tensor<i1>, tensor<8xf32>
    %667 = stablehlo.select %602, %662, %23 : tensor<i1>, tensor<8xf32>
    %668 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %669 = stablehlo.broadcast_in_dim %668, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %670 = stablehlo.multiply %11, %669 : tensor<8xf32>
    %671 = stablehlo.add %594, %670 : tensor<8xf32>
    %672 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %673 = stablehlo.broadcast_in_dim %672, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %674 = stablehlo.multiply %24, %673 : tensor<8xf32>
    %675 = stablehlo.add %674, %671 : tensor<8xf32>
    %676 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %677 = stablehlo.multiply %675, %676 : tensor<8xf32>
    %678 = stablehlo.subtract %11, %677 : tensor<8xf32>
    %679 = stablehlo.select %602, %678, %11 : tensor<i1>, tensor<8xf32>
    %680 = stablehlo.select %602, %675, %24 : tensor<i1>, tensor<8xf32>
    %681 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %682 = stablehlo.broadcast_in_dim %681, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %683 = stablehlo.multiply %14, %682 : tensor<6x8xf32>
    %684 = stablehlo.add %596, %683 : tensor<6x8xf32>
    %685 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %686 = stablehlo.broadcast_in_dim %685, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %687 = stablehlo.multiply %25, %686 : tensor<6x8xf32>
    %688 = stablehlo.add %687, %684 : tensor<6x8xf32>
    %689 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<6x8xf32>
    %690 = stablehlo.multiply %688, %689 : tensor<6x8xf32>
    %691 = stablehlo.subtract %14, %690 : tensor<6x8xf32>
    %692 = stablehlo.select %602, %691, %14 : tensor<i1>, tensor<6x8xf32>
    %693 = stablehlo.select %602, %688, %25 : tensor<i1>, tensor<6x8xf32>
    %694 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %695 = stablehlo.broadcast_in_dim %694, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %696 = stablehlo.multiply %17, %695 : tensor<6x6xf32>
    %697 = stablehlo.add %598, %696 : tensor<6x6xf32>
    %698 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %699 = stablehlo.broadcast_in_dim %698, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %700 = stablehlo.multiply %26, %699 : tensor<6x6xf32>
    %701 = stablehlo.add %700, %697 : tensor<6x6xf32>
    %702 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6x6xf32>
    %703 = stablehlo.multiply %701, %702 : tensor<6x6xf32>
    %704 = stablehlo.subtract %17, %703 : tensor<6x6xf32>
    %705 = stablehlo.select %602, %704, %17 : tensor<i1>, tensor<6x6xf32>
    %706 = stablehlo.select %602, %701, %26 : tensor<i1>, tensor<6x6xf32>
    %707 = stablehlo.constant dense<0x3A03126F> : tensor<f32>
    %708 = stablehlo.broadcast_in_dim %707, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %709 = stablehlo.multiply %18, %708 : tensor<6xf32>
    %710 = stablehlo.add %599, %709 : tensor<6xf32>
    %711 = stablehlo.constant dense<0x3F666666> : tensor<f32>
    %712 = stablehlo.broadcast_in_dim %711, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %713 = stablehlo.multiply %27, %712 : tensor<6xf32>
    %714 = stablehlo.add %713, %710 : tensor<6xf32>
    %715 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %716 = stablehlo.multiply %714, %715 : tensor<6xf32>
    %717 = stablehlo.subtract %18, %716 : tensor<6xf32>
    %718 = stablehlo.select %602, %717, %18 : tensor<i1>, tensor<6xf32>
    %719 = stablehlo.select %602, %714, %27 : tensor<i1>, tensor<6xf32>
    %720 = stablehlo.concatenate %74, %92, %177, %195, %259, %277, dim = 0 : (tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<36xf32>
    %721 = stablehlo.iota dim = 0 : tensor<36xi32>
    %722 = stablehlo.constant dense<36> : tensor<i32>
    %723 = stablehlo.broadcast_in_dim %722, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %724 = stablehlo.is_finite %720 : (tensor<36xf32>) -> tensor<36xi1>
    %725 = stablehlo.select %724, %723, %721 : tensor<36xi1>, tensor<36xi32>
    %726 = stablehlo.constant dense<2147483647> : tensor<i32>
    %727 = stablehlo.reduce(%725 init: %726) applies stablehlo.minimum across dimensions = [0] : (tensor<36xi32>, tensor<i32>) -> tensor<i32>
    %728 = stablehlo.broadcast_in_dim %727, dims = [] : (tensor<i32>) -> tensor<36xi32>
    %729 = stablehlo.compare EQ, %721, %728, SIGNED : (tensor<36xi32>, tensor<36xi32>) -> tensor<36xi1>
    %730 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %731 = stablehlo.broadcast_in_dim %730, dims = [] : (tensor<f32>) -> tensor<36xf32>
    %732 = stablehlo.select %729, %720, %731 : tensor<36xi1>, tensor<36xf32>
    %733 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %734 = stablehlo.reduce(%732 init: %733) applies stablehlo.add across dimensions = [0] : (tensor<36xf32>, tensor<f32>) -> tensor<f32>
    %735 = stablehlo.convert %727 : (tensor<i32>) -> tensor<f32>
    %736 = stablehlo.reshape %735 : (tensor<f32>) -> tensor<1xf32>
    %737 = stablehlo.reshape %734 : (tensor<f32>) -> tensor<1xf32>
    %738 = stablehlo.concatenate %355, %736, %737, dim = 0 : (tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
    return %738, %614, %627, %640, %74, %92, %653, %666, %679, %177, %195, %692, %259, %277, %705, %718, %615, %628, %641, %654, %667, %680, %693, %706, %719, %280 : tensor<4xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8x4x3x3xf32>, tensor<8xf32>, tensor<8xf32>, tensor<6x8xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<4x6xf32>
  }
}
