package io.weft.tokenizer.chat;

import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What is the same for all renderings of a template.
 *
 * @param original the template as it came
 * @param source the template as Jinjava reads it
 * @param limits what a rendering may use up
 * @param nanoTime measures the time that it takes
 * @param clock tells the time that it prints
 */
record TemplateProgram(
    String original,
    TemplateWriter.Rewritten source,
    TemplateLimits limits,
    LongSupplier nanoTime,
    Clock clock) {}
