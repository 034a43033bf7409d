using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>
/// Sends a package to the address of an upload in parts, and continues after a broken connection. One part is in memory at a time.
/// </summary>
/// <param name="http">Sends the requests. The address needs no key.</param>
/// <param name="upload">The upload.</param>
/// <param name="content">The package; seekable.</param>
/// <param name="progress">Gets the bytes that have arrived.</param>
internal sealed class PackageParts(HttpClient http, PackageUpload upload, Stream content, Action<long> progress)
{
    private const string Range = "Range";
    private const int MaxFailures = 8;
    private const int MaxStalls = 3 * MaxFailures;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    // Of one part. A connection that stalls must not hold the upload for ever.
    private static readonly TimeSpan PartTime = TimeSpan.FromMinutes(5);

    private readonly long _start = content.Position;
    private readonly long _total = content.Length - content.Position;
    private readonly byte[] _part = new byte[upload.PartBytes ?? throw new ArgumentException("The upload takes no parts.", nameof(upload))];
    private int _failures;
    private int _stalls;

    /// <exception cref="PerCallException">The address refused the package.</exception>
    /// <exception cref="HttpRequestException">The connection broke too often.</exception>
    public Task SendAsync(CancellationToken cancellation) => upload.Parts switch
    {
        PackageUpload.ContentRange => SendRangesAsync(cancellation),
        PackageUpload.Blocks => SendBlocksAsync(cancellation),
        var other => throw new NotSupportedException($"The upload takes parts as '{other}', which this client does not know."),
    };

    private async Task SendRangesAsync(CancellationToken cancellation)
    {
        // Null: not known. Part of the package may have arrived before.
        long? arrived = null;
        while (arrived != _total)
        {
            var before = arrived;
            using var response = await TryAsync(() => before is { } from ? RangeOf(from) : Question(), cancellation);
            arrived = response?.StatusCode switch
            {
                null => null,
                HttpStatusCode.Created => _total,
                // A conflict with a range: another request of this upload was faster, and the range says where to go on.
                HttpStatusCode.PermanentRedirect => ArrivedOf(response),
                HttpStatusCode.Conflict when response.Headers.Contains(Range) => ArrivedOf(response),
                _ => throw await PerCallClient.ErrorOfAsync(response, cancellation),
            };
            // What was acknowledged stays. An address that takes parts and keeps none would be sent them for ever.
            _stalls = arrived > before ? 0 : _stalls + 1;
            if (response is not null && _stalls > MaxStalls)
            {
                throw await PerCallClient.ErrorOfAsync(response, cancellation);
            }

            if (arrived is { } bytes)
            {
                progress(bytes);
            }
        }
    }

    private async Task SendBlocksAsync(CancellationToken cancellation)
    {
        var known = await FindBlocksAsync(cancellation);
        List<string> ids = [];
        for (var at = 0L; at < _total; at += _part.Length)
        {
            var from = at;
            var length = Math.Min(_part.Length, _total - at);
            var id = Convert.ToBase64String(Encoding.ASCII.GetBytes(from.ToString("x16", CultureInfo.InvariantCulture)));
            ids.Add(id);
            if (known.GetValueOrDefault(id) != length)
            {
                var address = With($"comp=block&blockid={Uri.EscapeDataString(id)}");
                await RequireAsync(() => new(HttpMethod.Put, address) { Content = Part(from) }, cancellation);
            }

            progress(from + length);
        }

        var list = new XElement("BlockList", ids.Select(id => new XElement("Latest", id))).ToString(SaveOptions.DisableFormatting);
        await RequireAsync(
            () => new(HttpMethod.Put, With("comp=blocklist")) { Content = new StringContent(list, Encoding.UTF8, "application/xml") },
            cancellation);
    }

    /// <summary>Returns the sizes of the blocks that have arrived before, by id.</summary>
    private async Task<Dictionary<string, long>> FindBlocksAsync(CancellationToken cancellation)
    {
        HttpResponseMessage? response = null;
        while (response is null)
        {
            response = await TryAsync(() => new(HttpMethod.Get, With("comp=blocklist&blocklisttype=all")), cancellation);
        }

        using (response)
        {
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return [];
            }

            await PerCallClient.ThrowUnlessSuccessAsync(response, cancellation);
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            using var reader = XmlReader.Create(body, new() { Async = true, DtdProcessing = DtdProcessing.Prohibit });
            var list = await XElement.LoadAsync(reader, LoadOptions.None, cancellation);
            return list.Descendants("Block").DistinctBy(b => b.Element("Name")!.Value)
                .ToDictionary(b => b.Element("Name")!.Value, b => (long)b.Element("Size")!);
        }
    }

    private async Task RequireAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        while (true)
        {
            using var response = await TryAsync(request, cancellation);
            if (response is not null)
            {
                await PerCallClient.ThrowUnlessSuccessAsync(response, cancellation);
                return;
            }
        }
    }

    /// <returns>Null: the request failed and can be sent again. The wait is over.</returns>
    private async Task<HttpResponseMessage?> TryAsync(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        time.CancelAfter(PartTime);
        TimeSpan? after = null;
        try
        {
            using var request = make();
            var response = await http.SendAsync(request, time.Token);
            if (!IsTemporary(response.StatusCode) || _failures == MaxFailures)
            {
                _failures = 0;
                return response;
            }

            after = response.Headers.RetryAfter?.Delta;
            response.Dispose();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException
            && !cancellation.IsCancellationRequested && _failures < MaxFailures)
        {
            // The connection broke, or nothing came for too long.
        }

        var wait = after ?? FirstWait * Math.Pow(2, _failures);
        _failures++;
        await Task.Delay(wait < LongestWait ? wait : LongestWait, cancellation);
        return null;
    }

    private HttpRequestMessage Question() => new(HttpMethod.Put, upload.Url)
    {
        Content = new ByteArrayContent([]) { Headers = { ContentRange = new(_total) } },
    };

    private HttpRequestMessage RangeOf(long from)
    {
        var part = Part(from);
        part.Headers.ContentRange = new(from, from + part.Headers.ContentLength!.Value - 1, _total);
        return new(HttpMethod.Put, upload.Url) { Content = part };
    }

    private ByteArrayContent Part(long from)
    {
        content.Position = _start + from;
        var length = content.ReadAtLeast(_part, (int)Math.Min(_part.Length, _total - from), throwOnEndOfStream: true);
        return new(_part, 0, (int)Math.Min(length, _total - from)) { Headers = { ContentType = new("application/octet-stream") } };
    }

    private Uri With(string query) => new UriBuilder(upload.Url) { Query = $"{upload.Url.Query.TrimStart('?')}&{query}" }.Uri;

    private static bool IsTemporary(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private static long ArrivedOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(Range, out var values) && RangeHeaderValue.TryParse(values.First(), out var range)
            ? range.Ranges.First().To!.Value + 1
            : 0;
}
