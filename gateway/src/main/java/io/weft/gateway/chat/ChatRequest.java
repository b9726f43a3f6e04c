package io.weft.gateway.chat;

import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.tools.Conversation;

/**
 * A valid request for a chat completion.
 *
 * @param model as the client named it
 * @param conversation to be answered
 * @param options what goes to the generator
 * @param stream whether to answer with events
 * @param includeUsage whether the last of them tells the usage
 */
record ChatRequest(
    String model,
    Conversation conversation,
    GenerationOptions options,
    boolean stream,
    boolean includeUsage) {}
