using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.LargeModels;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Batches.Calls;

/// <summary>Sends the calls of rows to their model, and settles what they used.</summary>
public sealed class CallSender(ILargeModelProvider provider)
{
    private const string Unreadable = "The provider's answer cannot be read: ";

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 128 };

    private readonly ConcurrentDictionary<string, long> _answered = new(StringComparer.Ordinal);

    /// <summary>Returns how many calls on a model have been answered so far.</summary>
    public long Answered(LargeModelRoute route) => _answered.GetValueOrDefault(route.Model);

    /// <exception cref="LargeModelRefusedException">
    /// The provider refused the call's content, or no deployment can answer it now (<see cref="IsTemporary"/>).
    /// </exception>
    public async Task<CallAnswer> SendAsync(
        LargeModelRoute route, LargeModelEndpoint endpoint, CallInput input, CancellationToken cancellation)
    {
        var request = new ProviderRequest { Route = route, Endpoint = endpoint, Body = input.Body };
        using var answer = await provider.SendAsync(request, cancellation);
        try
        {
            var body = await ReadAsync(answer, cancellation);
            var tokens = TokensOf(route, input.Facts!, body, answer.Deployment);
            if (input.Redaction is { } redaction)
            {
                body = StreamReinsertion.Whole(input.Facts!, redaction, body);
            }

            _answered.AddOrUpdate(route.Model, 1, (_, count) => count + 1);
            return new(CallAnswer.InOneLine(Marking.Add(body.Span, route.Model)), tokens);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new LargeModelRefusedException(StatusCodes.Status502BadGateway, "provider_failed", Unreadable + e.Message, inner: e);
        }
    }

    /// <summary>
    /// Returns whether a refusal says nothing about the call's content: the provider is busy or out of order, and the call can be sent
    /// again.
    /// </summary>
    public static bool IsTemporary(LargeModelRefusedException refusal) =>
        refusal.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status408RequestTimeout or >= 500;

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(ProviderAnswer answer, CancellationToken cancellation)
    {
        using var buffer = new MemoryStream();
        await answer.Body.CopyToAsync(buffer, cancellation);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private static CallTokens TokensOf(
        LargeModelRoute route, CallFacts facts, ReadOnlyMemory<byte> body, Deployment deployment)
    {
        using var json = JsonDocument.Parse(body, Deep);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("It is not a JSON object.");
        }

        var (used, basis) = Usages.SettleWhole(facts, route, json.RootElement);
        return new(used.In, used.CachedIn, used.Out, deployment.Prices?.Of(used) ?? 0, basis == UsageBasis.Counted ? 1 : 0);
    }
}
