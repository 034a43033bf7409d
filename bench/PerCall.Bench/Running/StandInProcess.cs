using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PerCall.StandIn;
using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>The stand-in provider of large models as a process.</summary>
internal sealed class StandInProcess : IAsyncDisposable
{
    private readonly ServiceProcess _process;
    private readonly HttpClient _http;

    private StandInProcess(ServiceProcess process, Uri address) => (_process, _http) = (process, new() { BaseAddress = address });

    public Uri Address => _http.BaseAddress!;

    public int Id => _process.Id;

    public static async Task<StandInProcess> StartAsync()
    {
        var process = ServiceProcess.Start(
            Repository.Assembly("PerCall.StandIn"), Path.GetTempPath(), new Dictionary<string, string?>(), "--urls", "http://127.0.0.1:0");
        var line = await process.WaitForLineAsync(StandInProvider.ListeningMark);
        return new(process, new Uri(line[StandInProvider.ListeningMark.Length..]));
    }

    /// <summary>Returns what was emitted for the script with this id: its first attempt; null: it has not arrived.</summary>
    public async Task<JsonNode?> EmittedAsync(string id, CancellationToken cancellation)
    {
        var answer = await _http.GetFromJsonAsync<JsonNode>(new Uri($"_emitted/{id}", UriKind.Relative), cancellation);
        return answer!["data"]!.AsArray().FirstOrDefault();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}
