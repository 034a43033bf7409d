using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Batches.Calls;

/// <summary>The large models' calls that batches accept.</summary>
public sealed class CallModels(
    LargeModelRoutes routes, RouteTable table, BodyRedaction redaction, IOptions<LargeModelOptions> options)
{
    private static readonly IReadOnlyDictionary<string, LargeModelEndpoint> Calls =
        ((LargeModelEndpoint[])[LargeModelEndpoint.ChatCompletions, LargeModelEndpoint.Embeddings])
            .ToDictionary(LargeModelEndpoints.PathOf, StringComparer.Ordinal);

    /// <summary>The paths of the calls.</summary>
    public static IEnumerable<string> Endpoints => Calls.Keys;

    /// <summary>Returns a reader of rows whose model is not known yet; null: batches do not accept this call.</summary>
    public CallReader? Find(string? path) => path is not null && Calls.TryGetValue(path, out var endpoint)
        ? new(path, endpoint, options.Value.MaxBytes)
        : null;

    /// <summary>Whether large models answer an order: it names one of them, or none and the settings have any.</summary>
    public bool Answers(string? model) => model is null ? !routes.IsEmpty : table.Has(model);

    /// <summary>Refuses a batch of a service without large models.</summary>
    /// <exception cref="RefusedException">400: the settings name no model.</exception>
    public void RequireAny(string path)
    {
        if (routes.IsEmpty)
        {
            throw RefusedException.BadRequest(
                "invalid_endpoint", $"'endpoint' is '{path}', but this service has no large model. {RouteTable.HowToSet}.", "endpoint");
        }
    }

    /// <summary>Finds the batch's model, and determines how its rows are checked, counted and priced.</summary>
    /// <param name="reader">The reader of the rows.</param>
    /// <param name="name">The model named in the call or else in the first row; null: neither names a model.</param>
    /// <param name="terms">The plan.</param>
    /// <exception cref="RefusedException">
    /// Neither the call nor the first row names a model, the model does not answer this call, or the plan does not include it.
    /// </exception>
    /// <exception cref="ModelNotFoundException">The settings have no such model.</exception>
    public CallModel Require(CallReader reader, string? name, PlanTerms terms)
    {
        var route = table.Find(ModelParameters.Model(name, "'model' in the call, or in the first row"));
        if (!route.Endpoints.Contains(reader.Call))
        {
            throw RefusedException.BadRequest(
                RequestChecks.NotServed, RequestChecks.NotServedMessage(reader.Call, route), "model");
        }

        var plan = new CallPlan
        {
            Endpoint = reader.Call,
            Tokenizer = route.Tokenizer,
            ContextTokens = route.ContextTokens,
            MaxOutputTokens = route.MaxOutputTokens,
            OutputField = route.OutputField,
            OutputLimit = terms.MaxOutputTokens,
            MaxImageBytes = options.Value.MaxImageBytes,
            Prices = CallPrices.Require(terms, route.Model, reader.Call),
        };
        return new(route, plan, Reader(reader, route, plan, terms.Redact));
    }

    /// <summary>Returns the reader for the rows of a plan.</summary>
    /// <exception cref="ModelNotFoundException">The settings no longer have the model.</exception>
    public CallReader ReaderOf(JobPlan plan) =>
        Reader(Find(LargeModelEndpoints.PathOf(plan.Calls!.Endpoint))!, table.Find(plan.ModelName), plan.Calls!, plan.Redact);

    // The bounds are those of the plan, although the settings may have changed since.
    private CallReader Reader(CallReader reader, LargeModelRoute route, CallPlan plan, bool redacts) => reader.For(
        route with
        {
            Tokenizer = plan.Tokenizer,
            ContextTokens = plan.ContextTokens,
            MaxOutputTokens = plan.MaxOutputTokens,
            OutputField = plan.OutputField,
            Endpoints = [plan.Endpoint],
        },
        new CallLimits(plan.OutputLimit, plan.MaxImageBytes),
        redacts ? redaction : null);
}

/// <summary>The model of a batch of calls.</summary>
/// <param name="Route">The model's deployments, as the settings have them now.</param>
/// <param name="Plan">How the rows are checked, counted and priced.</param>
/// <param name="Reader">Reads and checks the rows.</param>
public sealed record CallModel(LargeModelRoute Route, CallPlan Plan, CallReader Reader);
