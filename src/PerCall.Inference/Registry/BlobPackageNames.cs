using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// Where blobs of a package lie: <c>&lt;name&gt;/&lt;version&gt;/model.json</c> is the package, and its creation is the moment of
/// publishing; the other files lie in <c>&lt;name&gt;/&lt;version&gt;/&lt;upload&gt;/</c>, a folder of that one upload, which
/// <c>model.json</c> names in its metadata. Two publishers of one version thus never write into each other's files
/// (docs/decisions/0002-publishing.md).
/// </summary>
internal static class BlobPackageNames
{
    public const string AliasFile = "aliases.json";
    public const string UploadMetadata = "upload";

    public static string Manifest(string name, string version) => $"{name}/{version}/{ModelManifest.FileName}";

    public static string Folder(string name, string version, string upload) => $"{name}/{version}/{upload}/";

    public static string Aliases(string name) => $"{name}/{AliasFile}";

    /// <summary>The name and version whose manifest a blob is.</summary>
    public static (string Name, string Version)? ParseManifest(string blob) =>
        blob.Split('/') is [var name, var version, ModelManifest.FileName] ? (name, version) : null;
}
