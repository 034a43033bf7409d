using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.LargeModels;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels.Classification;

/// <summary>Asks the large models of the settings for labels, as chat completions.</summary>
public sealed class LargeModelClient(LargeModelRoutes routes, ILargeModelProvider provider) : ILargeModelClient
{
    /// <summary>Maximum size of an answer in bytes. Twenty alternatives for each of a few hundred tokens take less.</summary>
    private const int MaxAnswerBytes = 4 << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    // Fields that the provider of a model has refused. A model accepts or refuses them for all calls.
    private readonly ConcurrentDictionary<string, string[]> _refused = new(StringComparer.Ordinal);

    public bool IsConfigured(string model) => RouteOf(model) is not null;

    public async Task<LabelReply> AskAsync(LabelQuestion question, CancellationToken cancellation)
    {
        var route = RouteOf(question.Model) ?? throw new ModelNotConfiguredException(question.Model, question.Model);
        while (true)
        {
            var refused = _refused.GetValueOrDefault(route.Model, []);
            try
            {
                return await AskAsync(question, route, refused, cancellation);
            }
            catch (LargeModelRefusedException e) when (RefusedField(e, refused) is { } field)
            {
                _refused.AddOrUpdate(route.Model, [field], (_, known) => known.Contains(field) ? known : [.. known, field]);
            }
            catch (LargeModelRefusedException e) when (e.Status is StatusCodes.Status429TooManyRequests or >= 500)
            {
                throw new ModelBusyException(
                    $"The large model '{route.Model}' cannot answer now: {e.Message}", e.RetryAfter ?? RetryAfter, "large_model_unavailable", e);
            }
            catch (LargeModelRefusedException e)
            {
                throw new LabelRefusedException(e.Code, route.Model, $"the provider refused it: {e.Message}", inner: e);
            }
        }
    }

    private async Task<LabelReply> AskAsync(
        LabelQuestion question, LargeModelRoute route, string[] refused, CancellationToken cancellation)
    {
        try
        {
            var request = new ProviderRequest
            {
                Route = route,
                Endpoint = LargeModelEndpoint.ChatCompletions,
                Body = LabelRequests.Of(question, route, refused),
            };
            using var answer = await provider.SendAsync(request, cancellation);
            using var json = await ReadAsync(answer.Body, cancellation);
            return LabelReplies.Read(json.RootElement, route.Model, UsageOf(json.RootElement), answer.Deployment.Prices);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new ModelBusyException(
                $"The answer of the large model '{route.Model}' broke off; try again later.", RetryAfter, "large_model_unavailable", e);
        }
    }

    private static async Task<JsonDocument> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (bytes.Length + read > MaxAnswerBytes)
            {
                throw new IOException($"The answer has more than {MaxAnswerBytes} bytes.");
            }

            bytes.Write(buffer, 0, read);
        }

        return JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
    }

    private LargeModelRoute? RouteOf(string model) =>
        routes.Find(model) is { } route && route.Endpoints.Contains(LargeModelEndpoint.ChatCompletions) ? route : null;

    private static TokenUsage? UsageOf(JsonElement answer)
    {
        if (!answer.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var (prompt, output) = (Tokens(usage, "prompt_tokens"), Tokens(usage, "completion_tokens"));
        var cached = usage.TryGetProperty("prompt_tokens_details", out var details) ? Tokens(details, "cached_tokens") ?? 0 : 0;
        return prompt is { } read && output is { } written && cached <= read ? new(read - cached, cached, written) : null;
    }

    private static long? Tokens(JsonElement usage, string name) =>
        usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var tokens) && tokens is >= 0 and < 1_000_000_000
            ? tokens
            : null;

    /// <summary>Returns the optional field that a provider refused; null: it refused something else, or the field was not sent.</summary>
    private static string? RefusedField(LargeModelRefusedException e, string[] refused) =>
        e.Status is StatusCodes.Status400BadRequest or StatusCodes.Status422UnprocessableEntity
            ? LabelRequests.Optional.FirstOrDefault(
                f => !refused.Contains(f) && (e.Param == f || (e.Param is null && e.Message.Contains($"'{f}'", StringComparison.Ordinal))))
            : null;
}
