using System.Net.Http.Headers;
using System.Net.Http.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>Files and batches.</summary>
public sealed partial class PerCallClient
{
    private const long MostThroughService = 4_000_000;

    // It sends no key: the address has a signature of its own.
    private static readonly HttpClient Storage = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>
    /// Sends a file for batches: JSON Lines, CSV or TSV, each of them perhaps as gzip, or a ZIP archive of pictures. One whose length is
    /// known to be above 4 MB goes straight into storage, to an address that the service gives for it; another through the service, which
    /// takes at most 100 MB.
    /// </summary>
    /// <exception cref="PerCallException">The service, or storage, refused it.</exception>
    public Task<StoredFile> CreateFileAsync(Stream content, string fileName, CancellationToken cancellation = default) =>
        content.CanSeek && content.Length - content.Position > MostThroughService
            ? UploadFileAsync(content, fileName, cancellation)
            : SendFileAsync(content, fileName, cancellation);

    /// <summary>One file: one that was sent, or a result.</summary>
    /// <exception cref="PerCallException">There is no such file.</exception>
    public Task<StoredFile> GetFileAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"v1/files/{Uri.EscapeDataString(id)}", WireJson.Default.StoredFile, cancellation);

    /// <summary>Files that were sent, the newest first.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<StoredFileList> ListFilesAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/files?limit={limit}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}", WireJson.Default.StoredFileList, cancellation);

    /// <summary>What is in a file; dispose of it.</summary>
    /// <exception cref="PerCallException">There is no such file.</exception>
    public async Task<Stream> OpenFileAsync(string id, CancellationToken cancellation = default)
    {
        var response = await http.GetAsync(new Uri($"v1/files/{Uri.EscapeDataString(id)}/content", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowUnlessSuccessAsync(response, cancellation);
        return await response.Content.ReadAsStreamAsync(cancellation);
    }

    /// <summary>An address to which a file can be sent, straight into storage.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<Upload> CreateUploadAsync(CreateUploadRequest request, CancellationToken cancellation = default) =>
        PostAsync("v1/uploads", request, WireJson.Default.CreateUploadRequest, WireJson.Default.Upload, cancellation);

    /// <summary>What a batch would be and cost.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<BatchQuote> QuoteBatchAsync(QuoteRequest request, CancellationToken cancellation = default) =>
        PostAsync("v1/batches/quote", request, WireJson.Default.QuoteRequest, WireJson.Default.BatchQuote, cancellation);

    /// <summary>Has a file scored.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<Batch> CreateBatchAsync(CreateBatchRequest request, CancellationToken cancellation = default) =>
        PostAsync("v1/batches", request, WireJson.Default.CreateBatchRequest, WireJson.Default.Batch, cancellation);

    /// <summary>Starts a batch once per key: the same request with the same key returns the batch that the first one started.</summary>
    /// <param name="request">File, endpoint and model. It must be the same each time the key is used.</param>
    /// <param name="idempotencyKey">1 to 255 visible ASCII characters.</param>
    /// <param name="cancellation">Ends the call; a batch that has started continues.</param>
    /// <exception cref="PerCallException">The service refused it, or another request has used the key.</exception>
    public async Task<Batch> CreateBatchAsync(CreateBatchRequest request, string idempotencyKey, CancellationToken cancellation = default)
    {
        using var content = JsonContent.Create(request, WireJson.Default.CreateBatchRequest);
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/batches") { Content = content };
        AddIdempotencyKey(message, idempotencyKey);
        return await SendAsync(message, WireJson.Default.Batch, cancellation);
    }

    /// <summary>One batch.</summary>
    /// <exception cref="PerCallException">There is no such batch.</exception>
    public Task<Batch> GetBatchAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"v1/batches/{Uri.EscapeDataString(id)}", WireJson.Default.Batch, cancellation);

    /// <summary>Batches, the newest first.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<BatchList> ListBatchesAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/batches?limit={limit}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}", WireJson.Default.BatchList, cancellation);

    /// <summary>Ends a batch with what is done.</summary>
    /// <exception cref="PerCallException">There is no such batch, or it has ended.</exception>
    public async Task<Batch> CancelBatchAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/batches/{Uri.EscapeDataString(id)}/cancel");
        return await SendAsync(request, WireJson.Default.Batch, cancellation);
    }

    /// <summary>Batches of which storage cannot tell whether they have been charged; needs the operator's key.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<UndecidedBatchList> ListUndecidedBatchesAsync(CancellationToken cancellation = default) =>
        GetAsync("manage/v1/undecided-batches", WireJson.Default.UndecidedBatchList, cancellation);

    /// <summary>Says whether such a batch has been charged; one that has not is charged now. Needs the operator's key.</summary>
    /// <exception cref="PerCallException">There is no such batch, or it is decided.</exception>
    public Task<Batch> SettleBatchAsync(string tenant, string id, bool charged, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Post,
            $"manage/v1/tenants/{Uri.EscapeDataString(tenant)}/batches/{Uri.EscapeDataString(id)}/settle",
            new(charged),
            WireJson.Default.SettleBatchRequest,
            WireJson.Default.Batch,
            cancellation);

    private async Task<StoredFile> SendFileAsync(Stream content, string fileName, CancellationToken cancellation)
    {
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        using var file = new StreamContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        form.Add(file, "file", fileName);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/files") { Content = form };
        return await SendAsync(request, WireJson.Default.StoredFile, cancellation);
    }

    private async Task<StoredFile> UploadFileAsync(Stream content, string fileName, CancellationToken cancellation)
    {
        var upload = await CreateUploadAsync(new() { Filename = fileName }, cancellation);
        await StoreAsync(content, upload.Method, upload.Url, upload.Headers, cancellation);
        return await GetFileAsync(upload.FileId!, cancellation);
    }

    private static async Task StoreAsync(
        Stream content, string method, Uri address, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        using var file = new StreamContent(content);
        using var request = new HttpRequestMessage(new HttpMethod(method), address) { Content = file };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await Storage.SendAsync(request, cancellation);
        await ThrowUnlessSuccessAsync(response, cancellation);
    }
}
