using System.Diagnostics.CodeAnalysis;

namespace PerCall.Functions.Health;

/// <summary>
/// <c>PerCall.Functions --health http://localhost:8080/health/ready</c>: the health check for an image without a shell and without curl.
/// It queries another process of the same image and starts no services.
/// </summary>
public static class HealthProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public static bool IsAsked(string[] args, [NotNullWhen(true)] out string? address)
    {
        address = args is ["--health", var given] ? given : null;
        return address is not null;
    }

    /// <returns>0 for a 2xx response; otherwise 1, with the reason on standard error.</returns>
    public static async Task<int> RunAsync(string address)
    {
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(address));
            if (answer.IsSuccessStatusCode)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync($"{address} returned {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or UriFormatException or NotSupportedException)
        {
            await Console.Error.WriteLineAsync($"No response from {address}: {e.Message}");
        }

        return 1;
    }
}
