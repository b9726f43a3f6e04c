/** Writing ONNX graphs, one class an architecture. */
@NullMarked
package io.weft.importer.graph;

import org.jspecify.annotations.NullMarked;
