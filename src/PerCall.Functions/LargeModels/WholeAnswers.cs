using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;

namespace PerCall.Functions.LargeModels;

/// <summary>Delivers answers that are not streams.</summary>
public static class WholeAnswers
{
    private const string Json = "application/json; charset=utf-8";
    private const string Text = "text/plain; charset=utf-8";

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 128 };

    /// <exception cref="LargeModelRefusedException">502: the provider broke off, or its answer is not JSON.</exception>
    public static async Task<IResult> DeliverAsync(LargeModelCall call, ProviderAnswer answer, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> body = await ReadAsync(answer, cancellation);
        var (used, basis) = call.Facts.JsonAnswer
            ? Used(call, body)
            : Usages.SettleWhole(call.Facts, call.Route, Encoding.UTF8.GetString(body.Span));
        if (call.Redaction is { } redaction)
        {
            body = StreamReinsertion.Whole(call.Facts, redaction, body);
        }

        call.Tokens?.Settle(used.Tokens);
        LargeModelMeasures.Used(call.Route.Model, answer.Deployment, used, basis);
        return await call.Metered.DeliverAsync(
            call.Id,
            call.Route.Model,
            answer.Deployment.Target,
            ChargedTokens.Of(used, basis, answer.Deployment),
            call.Facts.JsonAnswer ? Marking.Add(body.Span, call.Route.Model) : body,
            call.Facts.JsonAnswer ? Json : Text,
            cancellation);
    }

    private static (TokenUsage Used, UsageBasis Basis) Used(LargeModelCall call, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Deep);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Usages.SettleWhole(call.Facts, call.Route, document.RootElement)
                : throw NotJson(null);
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }
    }

    private static async Task<byte[]> ReadAsync(ProviderAnswer answer, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        try
        {
            await answer.Body.CopyToAsync(body, cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new LargeModelRefusedException(
                StatusCodes.Status502BadGateway, "provider_interrupted", "The provider broke off its answer; try again.", inner: e);
        }

        return body.ToArray();
    }

    private static LargeModelRefusedException NotJson(Exception? inner) => new(
        StatusCodes.Status502BadGateway, "provider_error", "The provider's answer is not a JSON object; try again.", inner: inner);
}
