using System.Diagnostics.CodeAnalysis;

namespace PerCall.Functions.Health;

/// <summary>
/// <c>PerCall.Functions --health http://localhost:8080/health/ready</c>: what an image without a shell and without curl has for its health
/// check. It asks another process of the same image, and starts nothing itself.
/// </summary>
public static class HealthProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public static bool IsAsked(string[] args, [NotNullWhen(true)] out string? address)
    {
        address = args is ["--health", var given] ? given : null;
        return address is not null;
    }

    /// <returns>0: the answer was a 2xx. 1: it was another one, or none, and the error output says so.</returns>
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
