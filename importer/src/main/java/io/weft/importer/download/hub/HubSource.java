package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository of the Hugging Face hub.
 *
 * @param owner user or organisation
 * @param name of the repository
 * @param revision branch, tag or commit
 * @param choice a {@code .gguf} file of the repository or its quantisation, such as {@code Q4_K_M};
 *     null takes the safetensors, or the only GGUF file
 */
public record HubSource(String owner, String name, String revision, @Nullable String choice) {
  private static final String PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?";

  private static final Pattern FORM =
      Pattern.compile(
          "hf:(?<owner>%s)/(?<name>%s)(?:@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]{0,254}))?"
                  .formatted(PART, PART)
              + "(?::(?<choice>[^:\\\\\\p{Cntrl}]{1,255}))?");

  /** Reads {@code hf:ORG/NAME[@REVISION][:FILE.gguf or :QUANTISATION]}. */
  public static HubSource parse(String source) {
    Matcher matcher = FORM.matcher(source);
    // The hub has no names with '--' either; so ORG--NAME is a folder that stands for one only.
    if (!matcher.matches()
        || source.contains("..")
        || (matcher.group("owner") + matcher.group("name")).contains("--")) {
      throw new ImportException(
          ("'%s' is not of the form hf:ORG/NAME, hf:ORG/NAME@REVISION, hf:ORG/NAME:FILE.gguf or"
                  + " hf:ORG/NAME:Q4_K_M (a quantisation)")
              .formatted(source));
    }
    String revision = matcher.group("revision");
    return new HubSource(
        matcher.group("owner"),
        matcher.group("name"),
        revision == null ? "main" : revision,
        matcher.group("choice"));
  }

  /** Whether the revision is a commit, which never changes. */
  boolean isCommit() {
    return HubListing.COMMIT.matcher(revision).matches();
  }

  /** As the hub's own addresses have it. */
  public String repository() {
    return owner + "/" + name;
  }

  /** The folder of its downloads. */
  public String folderName() {
    return owner + "--" + name;
  }
}
