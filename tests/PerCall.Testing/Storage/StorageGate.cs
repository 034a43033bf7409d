using System.Text.Json;

namespace PerCall.Testing.Storage;

/// <summary>
/// Holds requests to Azurite, of whichever process, from their arrival until the gate is opened. A test that needs a batch, a call or a
/// process "in the middle" holds it there by a request that it cannot do without.
/// </summary>
public sealed class StorageGate : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly Uri _address;

    private StorageGate(Uri address) => _address = address;

    /// <summary>Holds from now on every request with this method whose decoded path and query match, after the first few.</summary>
    /// <param name="port">Azurite's blob port.</param>
    /// <param name="method">An HTTP method.</param>
    /// <param name="pattern">A regular expression in JavaScript's syntax, looked for anywhere in the decoded path and query.</param>
    /// <param name="pass">How many matching requests go through first.</param>
    internal static async Task<StorageGate> CloseAsync(int port, string method, string pattern, int pass)
    {
        var gate = new StorageGate(new Uri($"http://127.0.0.1:{port}/~gate/{Guid.NewGuid():n}"));
        using var answer = await gate._http.PutAsync(
            new Uri($"{gate._address}?method={method}&pass={pass}&pattern={Uri.EscapeDataString(pattern)}"), content: null);
        answer.EnsureSuccessStatusCode();
        return gate;
    }

    /// <summary>Requests that were held until now, with those of processes that have ended since.</summary>
    public Task<int> HeldAsync() => CountAsync("held");

    /// <summary>Waits until a request of a living process is held, and so all that may pass have passed.</summary>
    public Task ReachedAsync(params ServiceProcess[] services) =>
        Eventually.HoldsAsync(async () => await CountAsync("waiting") > 0, "a request is held at the gate", services);

    /// <summary>Lets all go that are held, and holds no more. Requests of processes that have ended meanwhile are dropped.</summary>
    public async Task OpenAsync()
    {
        using var answer = await _http.DeleteAsync(_address);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await OpenAsync();
        }
        catch (HttpRequestException)
        {
            // The storage was killed, and its gates with it.
        }

        _http.Dispose();
    }

    private async Task<int> CountAsync(string which)
    {
        using var state = JsonDocument.Parse(await _http.GetStringAsync(_address));
        return state.RootElement.GetProperty(which).GetInt32();
    }
}
