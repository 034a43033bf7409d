using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels.Classification;

/// <summary>Asks the large models of the settings for labels, as chat completions.</summary>
public sealed class LargeModelClient(LargeModelRoutes routes, ILargeModelProvider provider, IOptions<LargeModelOptions> options)
    : ILargeModelClient
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
                    $"The large model '{route.Model}' cannot answer now: {e.Message}", e.RetryAfter ?? RetryAfter,
                    "large_model_unavailable", e);
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
            var body = LabelRequests.Of(question, route, refused);
            var facts = RequestChecks.Check(
                LargeModelEndpoint.ChatCompletions, body, route, new(MaxOutputTokens: null, options.Value.MaxImageBytes));
            var request = new ProviderRequest { Route = route, Endpoint = facts.Endpoint, Body = body };
            using var answer = await provider.SendAsync(request, cancellation);
            using var json = await ReadAsync(answer.Body, cancellation);
            var (used, _) = Usages.SettleWhole(facts, route, json.RootElement);
            return LabelReplies.Read(json.RootElement, route.Model, used, answer.Deployment.Prices);
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

    /// <summary>Returns the optional field that a provider refused; null: it refused something else, or the field was not sent.</summary>
    private static string? RefusedField(LargeModelRefusedException e, string[] refused) =>
        e.Status is StatusCodes.Status400BadRequest or StatusCodes.Status422UnprocessableEntity
            ? LabelRequests.Optional.FirstOrDefault(
                f => !refused.Contains(f) && (e.Param == f || (e.Param is null && e.Message.Contains($"'{f}'", StringComparison.Ordinal))))
            : null;
}
