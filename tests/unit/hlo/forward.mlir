module @simsiam {
  func.func public @main(%1: tensor<2x3x8x8xf32>, %2: tensor<4x3x3x3xf32>, %3: tensor<4xf32>, %4: tensor<4xf32>, %5: tensor<4xf32>, %6: tensor<4xf32>, %7: tensor<4x4x3x3xf32>, %8: tensor<4xf32>, %9: tensor<4xf32>, %10: tensor<4xf32>, %11: tensor<4xf32>) -> (tensor<2x4xf32>, tensor<2x4x8x8xf32>) {
    %12 = stablehlo.transpose %1, dims = [0, 2, 3, 1] : (tensor<2x3x8x8xf32>) -> tensor<2x8x8x3xf32>
    %13 = stablehlo.transpose %2, dims = [0, 2, 3, 1] : (tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xf32>
    %14 = stablehlo.convolution(%12, %13) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<2x8x8x4xf32>
    %15 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %17 = stablehlo.add %6, %16 : tensor<4xf32>
    %18 = stablehlo.rsqrt %17 : tensor<4xf32>
    %19 = stablehlo.multiply %18, %3 : tensor<4xf32>
    %20 = stablehlo.multiply %5, %19 : tensor<4xf32>
    %21 = stablehlo.negate %20 : tensor<4xf32>
    %22 = stablehlo.add %21, %4 : tensor<4xf32>
    %23 = stablehlo.broadcast_in_dim %19, dims = [3] : (tensor<4xf32>) -> tensor<2x8x8x4xf32>
    %24 = stablehlo.multiply %14, %23 : tensor<2x8x8x4xf32>
    %25 = stablehlo.broadcast_in_dim %22, dims = [3] : (tensor<4xf32>) -> tensor<2x8x8x4xf32>
    %26 = stablehlo.add %24, %25 : tensor<2x8x8x4xf32>
    %27 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [] : (tensor<f32>) -> tensor<2x8x8x4xf32>
    %29 = stablehlo.maximum %26, %28 : tensor<2x8x8x4xf32>
    %30 = stablehlo.transpose %7, dims = [0, 2, 3, 1] : (tensor<4x4x3x3xf32>) -> tensor<4x3x3x4xf32>
    %31 = stablehlo.convolution(%29, %30) dim_numbers = [b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x8x8x4xf32>, tensor<4x3x3x4xf32>) -> tensor<2x8x8x4xf32>
    %32 = stablehlo.constant dense<0x3727C5AC> : tensor<f32>
    %33 = stablehlo.broadcast_in_dim %32, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %34 = stablehlo.add %11, %33 : tensor<4xf32>
    %35 = stablehlo.rsqrt %34 : tensor<4xf32>
    %36 = stablehlo.multiply %35, %8 : tensor<4xf32>
    %37 = stablehlo.multiply %10, %36 : tensor<4xf32>
    %38 = stablehlo.negate %37 : tensor<4xf32>
    %39 = stablehlo.add %38, %9 : tensor<4xf32>
    %40 = stablehlo.broadcast_in_dim %36, dims = [3] : (tensor<4xf32>) -> tensor<2x8x8x4xf32>
    %41 = stablehlo.multiply %31, %40 : tensor<2x8x8x4xf32>
    %42 = stablehlo.broadcast_in_dim %39, dims = [3] : (tensor<4xf32>) -> tensor<2x8x8x4xf32>
    %43 = stablehlo.add %41, %42 : tensor<2x8x8x4xf32>
    %44 = stablehlo.add %43, %29 : tensor<2x8x8x4xf32>
    %45 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<2x8x8x4xf32>
    %47 = stablehlo.maximum %44, %46 : tensor<2x8x8x4xf32>
    %48 = stablehlo.constant dense<0x00000000> : tensor<f32>
    %49 = stablehlo.reduce(%47 init: %48) applies stablehlo.add across dimensions = [1, 2] : (tensor<2x8x8x4xf32>, tensor<f32>) -> tensor<2x4xf32>
    %50 = stablehlo.constant dense<0x3C800000> : tensor<f32>
    %51 = stablehlo.broadcast_in_dim %50, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %52 = stablehlo.multiply %49, %51 : tensor<2x4xf32>
    %53 = stablehlo.transpose %47, dims = [0, 3, 1, 2] : (tensor<2x8x8x4xf32>) -> tensor<2x4x8x8xf32>
    return %52, %53 : tensor<2x4xf32>, tensor<2x4x8x8xf32>
  }
}
