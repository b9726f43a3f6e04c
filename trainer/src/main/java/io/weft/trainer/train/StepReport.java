package io.weft.trainer.train;

/**
 * A finished step.
 *
 * @param step from 1
 * @param epoch from 1
 * @param loss mean over all that the step learnt from
 * @param rate learning rate
 * @param gradient length of the gradient before clipping
 * @param seconds that the step took
 */
public record StepReport(
    long step, int epoch, double loss, double rate, double gradient, double seconds) {}
