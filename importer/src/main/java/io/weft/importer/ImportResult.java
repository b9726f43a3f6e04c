package io.weft.importer;

import io.weft.runtime.model.ModelFolder;
import java.time.Duration;

/**
 * A finished import.
 *
 * @param folder the new model folder
 * @param sourceBytes size of the checkpoint's weight files
 * @param writtenBytes size of all files of the folder
 * @param duration time taken
 */
public record ImportResult(
    ModelFolder folder, long sourceBytes, long writtenBytes, Duration duration) {}
