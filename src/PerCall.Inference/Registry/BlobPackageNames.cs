using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// Names of a package's blobs. <c>&lt;name&gt;/&lt;version&gt;/model.json</c> is the package; creating it publishes the version. The other
/// files are in <c>&lt;name&gt;/&lt;version&gt;/&lt;upload&gt;/</c>, a folder for this upload, which <c>model.json</c> names in its
/// metadata. Two publishers of one version therefore never write to each other's files (docs/decisions/0002-publishing.md).
/// </summary>
internal static class BlobPackageNames
{
    public const string AliasFile = "aliases.json";
    public const string UploadMetadata = "upload";
    public const string PublicationMetadata = "publication";

    public static string Manifest(string name, string version) => $"{name}/{version}/{ModelManifest.FileName}";

    public static string Folder(string name, string version, string upload) => $"{name}/{version}/{upload}/";

    public static string Aliases(string name) => $"{name}/{AliasFile}";

    /// <summary>Returns name and version when the blob is a manifest; otherwise null.</summary>
    public static (string Name, string Version)? ParseManifest(string blob) =>
        blob.Split('/') is [var name, var version, ModelManifest.FileName] ? (name, version) : null;
}
