using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.LargeModels.Dialect;

/// <summary>
/// Fields that PerCall does not pass on. With them a provider would bill more than was reserved, bill other units, answer with data of
/// other tenants, or keep data in the operator's account.
/// </summary>
internal static class RefusedFields
{
    private const string Unmetered = "it changes what the provider bills, in ways that cannot be bounded before the call";
    private const string Shared = "it refers to data in the provider's account, which all tenants share";
    private const string Kept = "it would keep the conversation in the provider's account, which all tenants share";
    private const string OtherUnits = "the provider bills it in units that this service does not meter";
    private const string OtherModel = "the model is chosen by this service";

    private sealed record Rule(string Name, string Why, Func<JsonNode, bool>? Allows = null, string? Allowed = null);

    private static readonly Rule[] Everywhere =
    [
        new("service_tier", "the tiers have other prices", n => IsOneOf(n, "auto", "default"), "'auto', 'default'"),
        new("store", Kept, IsFalse, "false"),
        new("data_sources", Shared),
        new("enhancements", OtherUnits),
        // Fields of compatible servers: llama.cpp, vLLM and routers.
        new("n_predict", "the output is bounded by the fields of OpenAI's API alone"),
        new("best_of", Unmetered, n => n is JsonValue v && v.TryGetValue(out int best) && best == 1, "1"),
        new("use_beam_search", Unmetered, IsFalse, "false"),
        new("chat_template", Unmetered),
        new("mm_processor_kwargs", Unmetered),
        new("models", OtherModel),
        new("route", OtherModel),
        new("provider", OtherModel),
        new("plugins", OtherUnits),
    ];

    private static readonly Rule[] OfChat =
    [
        new("audio", OtherUnits),
        new("modalities", OtherUnits, OnlyText, "[\"text\"]"),
        new("web_search_options", OtherUnits),
        new("max_output_tokens", "chat completions have 'max_completion_tokens'"),
    ];

    private static readonly Rule[] OfResponses =
    [
        new("background", "a call in the background cannot be metered", IsFalse, "false"),
        new("previous_response_id", Shared),
        new("conversation", Shared),
        new("prompt", Shared),
        new("context_management", Unmetered),
        new("modalities", OtherUnits, OnlyText, "[\"text\"]"),
        new("n", "a response has one answer", n => n is JsonValue v && v.TryGetValue(out int choices) && choices == 1, "1"),
        new("max_tokens", "responses have 'max_output_tokens'"),
        new("max_completion_tokens", "responses have 'max_output_tokens'"),
    ];

    private static readonly HashSet<string> Checked = new(
        ((IEnumerable<string>)
        [
            "model", "messages", "input", "instructions", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens",
            "max_output_tokens", "prediction", "tools", "functions", "response_format", "text", "truncation",
            "documents", "chat_template_kwargs", "tool_choice",
        ])
        .Concat(((IEnumerable<Rule>)[.. Everywhere, .. OfChat, .. OfResponses]).Select(r => r.Name)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks the top-level fields of a body.</summary>
    /// <exception cref="LargeModelRefusedException">400 with the field's name as param.</exception>
    public static void Check(LargeModelEndpoint endpoint, JsonObject body)
    {
        Fields.RefuseDisguised(body, Checked, "");
        CheckRules(Everywhere, body);
        if (endpoint == LargeModelEndpoint.ChatCompletions)
        {
            CheckRules(OfChat, body);
        }
        else if (endpoint == LargeModelEndpoint.Responses)
        {
            CheckRules(OfResponses, body);
        }
    }

    private static void CheckRules(Rule[] rules, JsonObject body)
    {
        foreach (var rule in rules)
        {
            if (body[rule.Name] is not { } value || rule.Allows?.Invoke(value) == true)
            {
                continue;
            }

            var allowed = rule.Allowed is null ? "" : $" Allowed: {rule.Allowed}.";
            throw Fields.Refused(Fields.Unsupported, $"'{rule.Name}' is not supported: {rule.Why}.{allowed}", rule.Name);
        }
    }

    private static bool IsFalse(JsonNode node) => node.GetValueKind() == JsonValueKind.False;

    private static bool IsOneOf(JsonNode node, params ReadOnlySpan<string> allowed) =>
        node.TryString(out var text) && allowed.Contains(text);

    private static bool OnlyText(JsonNode node) => node is JsonArray array && array.All(n => n.TryString(out var text) && text == "text");
}
