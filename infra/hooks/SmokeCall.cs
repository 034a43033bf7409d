using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerCall.Hooks;

/// <summary>Makes one paid call after a deployment, and checks that the usage shows it with what it cost.</summary>
/// <param name="values"><c>PERCALL_ADDRESS</c>, and in <c>PERCALL_SMOKE_KEY</c> a tenant's key with the roles call and admin.</param>
/// <param name="pause">Between two tries.</param>
/// <param name="time">For the pauses.</param>
internal sealed class SmokeCall(DeploymentValues values, TimeSpan pause, TimeProvider time)
{
    /// <summary>The first calls after a deployment may meet an instance that is being replaced.</summary>
    private const int Tries = 10;

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (values["PERCALL_ADDRESS"] is not { } address || values["PERCALL_SMOKE_KEY"] is not { } key)
        {
            return await Fault.ReportAsync(
                "PERCALL_ADDRESS and PERCALL_SMOKE_KEY must be set; the key is a tenant's, with the roles call and admin.");
        }

        using var client = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Add("x-api-key", key);
        for (var left = Tries; ; left--)
        {
            try
            {
                return await CallAsync(client);
            }
            catch (Exception e) when (left > 1 && IsTransient(e))
            {
                await Console.Out.WriteLineAsync($"Trying again: {e.Message}");
                await Task.Delay(pause, time);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
            {
                return await Fault.ReportAsync($"The call failed: {e.Message}");
            }
        }
    }

    /// <summary>
    /// Whether another try can help: after no answer, a limit or a fault of the server. A key that is refused is refused again; the step
    /// before has waited until the service answered, so a 403 is not that of an app that still starts.
    /// </summary>
    private static bool IsTransient(Exception e) => e switch
    {
        TaskCanceledException => true,
        HttpRequestException { StatusCode: null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };

    private static async Task<int> CallAsync(HttpClient client)
    {
        var before = await UsageAsync(client);
        using var answer = await client.PostAsJsonAsync(
            "/v1/text/classify", new { model = "spam", input = "You have WON! Click here to claim your free cash prize now." });
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{(int)answer.StatusCode} {body}", inner: null, answer.StatusCode);
        }

        var cost = answer.Headers.TryGetValues("x-percall-cost", out var costs)
            ? long.Parse(costs.Single(), CultureInfo.InvariantCulture) : 0;
        var after = await UsageAsync(client);
        if (!body.Contains("\"spam\"", StringComparison.Ordinal))
        {
            return await Fault.ReportAsync($"The answer is not the expected one: {body}");
        }

        if (cost <= 0)
        {
            return await Fault.ReportAsync(
                "The call cost nothing. Give the tenant of PERCALL_SMOKE_KEY a plan with a price for text.classify.");
        }

        if (after.Calls <= before.Calls || after.Charge < before.Charge + cost)
        {
            return await Fault.ReportAsync($"The usage does not show the call of {cost} micro-units: {before} before, {after} after.");
        }

        await Console.Out.WriteLineAsync($"A call was answered, cost {cost} micro-units, and is in the usage.");
        return 0;
    }

    private static async Task<Usage> UsageAsync(HttpClient client)
    {
        using var usage = await client.GetFromJsonAsync<JsonDocument>("/v1/usage?group_by=operation")
            ?? throw new JsonException("No usage.");
        var lines = usage.RootElement.GetProperty("data").EnumerateArray().ToList();
        return new(lines.Sum(l => l.GetProperty("calls").GetInt64()), lines.Sum(l => l.GetProperty("charge").GetInt64()));
    }

    private sealed record Usage(long Calls, long Charge);
}
