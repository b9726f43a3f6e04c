/** Opening ONNX Runtime sessions. */
@NullMarked
package io.weft.runtime.onnx;

import org.jspecify.annotations.NullMarked;
