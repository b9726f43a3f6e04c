/** Reading and checking ONNX graphs that others exported. */
@NullMarked
package io.weft.importer.onnx;

import org.jspecify.annotations.NullMarked;
