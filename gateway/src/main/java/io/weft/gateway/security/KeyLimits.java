package io.weft.gateway.security;

/**
 * What one key may use; 0 stands for no limit.
 *
 * @param requestsPerMinute requests it may begin
 * @param tokensPerMinute tokens it may give to models and get from them
 * @param concurrentRequests requests it may have open at once, streams included
 */
record KeyLimits(long requestsPerMinute, long tokensPerMinute, long concurrentRequests) {
  static final KeyLimits NONE = new KeyLimits(0, 0, 0);
}
