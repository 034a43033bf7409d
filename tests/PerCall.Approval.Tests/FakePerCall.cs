using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PerCall.Client.Wire;

namespace PerCall.Approval.Tests;

/// <summary>A file of the fake service, and what the service does with it.</summary>
internal sealed class FakeFile(string id, long price)
{
    public string Id => id;

    public long Price => price;

    /// <summary>The price if a fallback answers every row; null: the model has none.</summary>
    public long? FallbackPrice { get; set; }

    /// <summary>Orders that start a batch, or find it, and then lose the connection instead of answering.</summary>
    public int LostAnswers { get; set; }

    /// <summary>Reads of its batch that are answered with 503.</summary>
    public int FailedReads { get; set; }

    public int Orders { get; set; }

    public int Reads { get; set; }

    public List<FakeBatch> Batches { get; } = [];
}

/// <summary>A batch of the fake service.</summary>
internal sealed class FakeBatch(FakeFile file, string id, CreateBatchRequest request, long createdAt)
{
    public FakeFile File => file;

    public CreateBatchRequest Request => request;

    public string Status { get; set; } = "in_progress";

    public Batch Wire => new()
    {
        Id = id,
        Endpoint = request.Endpoint!,
        CompletionWindow = "24h",
        Status = Status,
        CreatedAt = createdAt,
        RequestCounts = new(4, Ended ? 3 : 0, Ended ? 1 : 0),
        Metadata = request.Metadata,
        Cost = new("EUR", file.Price, 4, file.Price, Ended ? 3 : null, Ended ? 0 : null, Ended ? file.Price : null),
        Files = Ended ? [new("output.jsonl", $"{id}-output", 10, new($"https://storage.test/{id}?signature"), 3600)] : null,
    };

    private bool Ended => Status is not "in_progress";
}

/// <summary>
/// PerCall's quotes and batches over HTTP on this machine. Keys are as of the service: the same request with the same key is one batch,
/// another request with it is 422.
/// </summary>
internal sealed class FakePerCall : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FakeFile> _files = [];
    private readonly Dictionary<string, (string Fingerprint, FakeBatch Batch)> _keys = [];
    private readonly Dictionary<string, FakeBatch> _batches = [];

    private FakePerCall()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v1/batches/quote", QuoteAsync);
        _app.MapPost("/v1/batches", OrderAsync);
        _app.MapGet("/v1/batches", List);
        _app.MapGet("/v1/batches/{id}", Read);
    }

    public Uri Address => new(_app.Urls.Single());

    public static async Task<FakePerCall> StartAsync()
    {
        var fake = new FakePerCall();
        await fake._app.StartAsync();
        return fake;
    }

    public FakeFile AddFile(long price)
    {
        lock (_lock)
        {
            var file = new FakeFile($"file-{_files.Count + 1}", price);
            return _files[file.Id] = file;
        }
    }

    /// <summary>As PerCall does after a day.</summary>
    public void ForgetKeys()
    {
        lock (_lock)
        {
            _keys.Clear();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> QuoteAsync(HttpRequest request)
    {
        var wanted = await request.ReadFromJsonAsync(WireJson.Default.QuoteRequest);
        lock (_lock)
        {
            return _files.GetValueOrDefault(wanted!.InputFileId!) is { } file
                ? Results.Json(QuoteOf(file), WireJson.Default.BatchQuote)
                : Refuse(404, "file_not_found");
        }
    }

    private async Task OrderAsync(HttpContext context)
    {
        var wanted = (await context.Request.ReadFromJsonAsync(WireJson.Default.CreateBatchRequest))!;
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        await (Order(wanted, key) is { } answer ? answer.ExecuteAsync(context) : LoseAsync(context));
    }

    /// <summary>Null: the order is taken, and its answer is to be lost.</summary>
    private IResult? Order(CreateBatchRequest wanted, string key)
    {
        lock (_lock)
        {
            var file = _files[wanted.InputFileId!];
            file.Orders++;
            var fingerprint = JsonSerializer.Serialize(wanted, WireJson.Default.CreateBatchRequest);
            if (!_keys.TryGetValue(key, out var known) || key.Length == 0)
            {
                var id = $"batch_{_batches.Count + 1}";
                var batch = new FakeBatch(file, id, wanted, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
                known = _keys[key] = (fingerprint, _batches[id] = batch);
                file.Batches.Add(known.Batch);
            }

            if (known.Fingerprint != fingerprint)
            {
                return Refuse(422, "idempotency_key_reused");
            }

            return file.LostAnswers-- > 0 ? null : Results.Json(known.Batch.Wire, WireJson.Default.Batch);
        }
    }

    private IResult Read(string id)
    {
        lock (_lock)
        {
            if (!_batches.TryGetValue(id, out var batch))
            {
                return Refuse(404, "batch_not_found");
            }

            batch.File.Reads++;
            return batch.File.FailedReads-- > 0 ? Refuse(503, "storage_unavailable") : Results.Json(batch.Wire, WireJson.Default.Batch);
        }
    }

    /// <summary>Pages of one batch, so that every reader has to page.</summary>
    private IResult List(string? after)
    {
        lock (_lock)
        {
            var rest = _batches.Values.Reverse().Select(b => b.Wire).ToList();
            rest = after is null ? rest : [.. rest.SkipWhile(b => b.Id != after).Skip(1)];
            return Results.Json(new BatchList { Data = [.. rest.Take(1)], HasMore = rest.Count > 1 }, WireJson.Default.BatchList);
        }
    }

    private static Task LoseAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static IResult Refuse(int status, string code) => Results.Json(
        new Problem { Status = status, Code = code, Detail = $"The fake refuses with {code}." },
        WireJson.Default.Problem,
        Problem.MediaType,
        status);

    private static BatchQuote QuoteOf(FakeFile file) => new()
    {
        Rows = 4,
        Bytes = 100,
        ReadBytes = 100,
        Extrapolated = false,
        Format = "csv",
        Model = "spam/1",
        Units = 4,
        FreeUnits = 0,
        Price = file.Price,
        Amount = "0",
        Currency = "EUR",
        Fallback = file.FallbackPrice is { } price ? new("mail-llm/1", price, "0") : null,
        WithinBudget = true,
        Seconds = 1,
        Quality = new()
        {
            CheckedRows = 4,
            BadRows = 1,
            TooLong = 0,
            EmptyRows = 0,
            DuplicateRows = 0,
            DuplicateIds = 0,
            Faults = new Dictionary<string, long>(),
            Examples = [],
        },
    };
}
