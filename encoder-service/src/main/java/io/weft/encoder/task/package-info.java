/** What is made of an encoder's states: one class a task. */
@NullMarked
package io.weft.encoder.task;

import org.jspecify.annotations.NullMarked;
