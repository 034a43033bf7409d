using System.Globalization;
using System.Net;
using System.Security;
using System.Text;
using System.Web;

namespace PerCall.Functions.Tests.Backups;

/// <summary>
/// A container of an account with blob versions and undelete, as Microsoft documents them, because Azurite has neither. Deleting a blob
/// turns its current version into a previous one. Deleting a version keeps it, deleted, until it is undeleted. Undeleting a blob brings
/// back its versions and not the blob. Copying a version over the blob makes a new current version.
/// </summary>
internal sealed class VersionedBlobs : HttpMessageHandler
{
    private readonly List<Version> _versions = [];
    private int _clock;

    /// <summary>Names of blobs in the order in which they got a current version.</summary>
    public List<string> Promoted { get; } = [];

    public IEnumerable<string> Current => _versions.Where(v => v.IsCurrent).Select(v => v.Name).Order(StringComparer.Ordinal);

    public void Put(string name, string content, string? upload = null)
    {
        foreach (var old in _versions.Where(v => v.Name == name))
        {
            old.IsCurrent = false;
        }

        _versions.Add(new(name, NextId(), content, upload) { IsCurrent = true });
    }

    public string ContentOf(string name) => _versions.Single(v => v.Name == name && v.IsCurrent).Content;

    public void Delete(string name) => _versions.Single(v => v.Name == name && v.IsCurrent).IsCurrent = false;

    /// <summary>Deletes previous versions, as a lifecycle rule does.</summary>
    public void DeleteVersions(string name)
    {
        foreach (var version in _versions.Where(v => v.Name == name && !v.IsCurrent))
        {
            version.IsDeleted = true;
        }
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        var name = Uri.UnescapeDataString(uri.AbsolutePath.Split('/', 3).ElementAtOrDefault(2) ?? "");
        var query = HttpUtility.ParseQueryString(uri.Query);
        return Task.FromResult((request.Method.Method, query["comp"]) switch
        {
            ("GET", "list") => List(query["prefix"] ?? "", query["include"] ?? ""),
            ("PUT", "undelete") => Undelete(name),
            ("PUT", null) when request.Headers.TryGetValues("x-ms-copy-source", out var source) => Copy(name, new(source.Single())),
            ("HEAD", null) => Head(name, query["versionid"]),
            var other => throw new NotSupportedException($"{other} {uri}"),
        });
    }

    private HttpResponseMessage List(string prefix, string include)
    {
        var versions = include.Contains("versions", StringComparison.OrdinalIgnoreCase);
        var deleted = include.Contains("deleted", StringComparison.OrdinalIgnoreCase);
        var blobs = _versions.Where(v => v.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Where(v => v.IsCurrent || (versions && (deleted || !v.IsDeleted)))
            .OrderBy(v => v.Name, StringComparer.Ordinal).ThenBy(v => v.Id, StringComparer.Ordinal)
            .Select(v => $"<Blob><Name>{SecurityElement.Escape(v.Name)}</Name><VersionId>{v.Id}</VersionId>"
                + (v.IsCurrent ? "<IsCurrentVersion>true</IsCurrentVersion>" : "") + (v.IsDeleted ? "<Deleted>true</Deleted>" : "")
                + "<Properties><Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>");
        return new(HttpStatusCode.OK)
        {
            Content = new StringContent(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                    + "<EnumerationResults ServiceEndpoint=\"https://kept.example/\" ContainerName=\"models\">"
                    + $"<Blobs>{string.Concat(blobs)}</Blobs><NextMarker /></EnumerationResults>",
                Encoding.UTF8, "application/xml"),
        };
    }

    private HttpResponseMessage Undelete(string name)
    {
        foreach (var version in _versions.Where(v => v.Name == name))
        {
            version.IsDeleted = false;
        }

        return new(HttpStatusCode.OK);
    }

    private HttpResponseMessage Copy(string name, Uri source)
    {
        var id = HttpUtility.ParseQueryString(source.Query)["versionid"];
        var from = Uri.UnescapeDataString(source.AbsolutePath["/models/".Length..]);
        if (_versions.Find(v => v.Name == from && v.Id == id && !v.IsDeleted) is not { } found)
        {
            return Missing();
        }

        Put(name, found.Content, found.Upload);
        Promoted.Add(name);
        return Copied(HttpStatusCode.Accepted);
    }

    private HttpResponseMessage Head(string name, string? id)
    {
        var found = _versions.Find(v => v.Name == name && (id is null ? v.IsCurrent : v.Id == id && !v.IsDeleted));
        if (found is null)
        {
            return Missing();
        }

        var answer = Copied(HttpStatusCode.OK);
        if (found.Upload is { } upload)
        {
            answer.Headers.Add("x-ms-meta-upload", upload);
        }

        return answer;
    }

    private static HttpResponseMessage Copied(HttpStatusCode status)
    {
        var answer = new HttpResponseMessage(status) { Headers = { { "x-ms-copy-id", "1" }, { "x-ms-copy-status", "success" } } };
        answer.Headers.TryAddWithoutValidation("ETag", "\"1\"");
        answer.Content = new ByteArrayContent([]) { Headers = { LastModified = DateTimeOffset.UnixEpoch } };
        return answer;
    }

    private static HttpResponseMessage Missing() => new(HttpStatusCode.NotFound) { Headers = { { "x-ms-error-code", "BlobNotFound" } } };

    private string NextId() =>
        DateTimeOffset.UnixEpoch.AddSeconds(++_clock).UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private sealed record Version(string Name, string Id, string Content, string? Upload)
    {
        public bool IsCurrent { get; set; }

        public bool IsDeleted { get; set; }
    }
}
