using System.Text.Json.Nodes;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;

namespace PerCall.LargeModels.Dialect;

/// <summary>
/// Checks the requests with a JSON body, and prepares them for a provider. It checks what metering and the separation of tenants depend
/// on. Other fields are sent on as they are.
/// </summary>
public static class RequestChecks
{
    /// <summary>The error's code when the model does not answer the call.</summary>
    public const string NotServed = "endpoint_not_supported";

    private const int MostChoices = 128;

    /// <summary>
    /// Checks a request, counts its prompt, and changes the body: the bound of the output is set, a streamed chat completion asks for
    /// its usage, and a response is not stored at the provider.
    /// </summary>
    /// <param name="endpoint">The call; not <see cref="LargeModelEndpoint.Transcriptions"/>, see <see cref="AudioChecks"/>.</param>
    /// <param name="body">The request, without members that occur twice, as <see cref="RequestBody.Parse"/> returns it.</param>
    /// <param name="route">The model.</param>
    /// <param name="limits">What the plan and the service allow.</param>
    /// <exception cref="LargeModelRefusedException">400 or 413 with the field's path as param.</exception>
    public static CallFacts Check(LargeModelEndpoint endpoint, JsonObject body, LargeModelRoute route, CallLimits limits)
    {
        CheckServed(endpoint, route);
        RefusedFields.Check(endpoint, body);

        var call = new Call(body, route, limits);
        return endpoint switch
        {
            LargeModelEndpoint.ChatCompletions => call.Chat(),
            LargeModelEndpoint.Responses => call.Responses(),
            LargeModelEndpoint.Embeddings => call.Embeddings(),
            LargeModelEndpoint.Moderations => call.Moderations(),
            _ => throw new ArgumentOutOfRangeException(nameof(endpoint), endpoint, "Not a call with a JSON body."),
        };
    }

    /// <summary>Refuses a call that the model does not answer.</summary>
    internal static void CheckServed(LargeModelEndpoint endpoint, LargeModelRoute route)
    {
        if (route.Endpoints.Contains(endpoint))
        {
            return;
        }

        throw Fields.Refused(NotServed, NotServedMessage(endpoint, route), "model");
    }

    /// <summary>Says that the model does not answer a call, and which calls it answers.</summary>
    public static string NotServedMessage(LargeModelEndpoint endpoint, LargeModelRoute route) =>
        $"The model '{route.Model}' does not answer {LargeModelEndpoints.PathOf(endpoint)}; it answers: "
            + $"{string.Join(", ", route.Endpoints.Select(LargeModelEndpoints.PathOf))}.";

    private sealed class Call
    {
        // A count of bytes says little about tokens. A text has 3 to 5 bytes a token, hardly ever more than 8.
        private const int UsualBytesPerToken = 3;
        private const int MostBytesPerToken = 8;

        private readonly JsonObject _body;
        private readonly LargeModelRoute _route;
        private readonly CallLimits _limits;
        private readonly TokenCounter _counter;
        private readonly PromptTally _tally;
        private readonly PromptParts _parts;

        public Call(JsonObject body, LargeModelRoute route, CallLimits limits)
        {
            (_body, _route, _limits) = (body, route, limits);
            _counter = TokenCounter.For(route.Tokenizer);
            _tally = new(_counter, ImageNames);
            _parts = NewParts(_tally);
        }

        private string[] ImageNames => [_route.Model, .. _route.Deployments.Select(d => d.Target)];

        private PromptParts NewParts(PromptTally tally)
        {
            var cost = ImageTokens.Of(ImageNames, null, null);
            return new(tally, _limits, billsImagesBeyondContext: cost.Billed > cost.Context);
        }

        public CallFacts Chat()
        {
            var stream = Fields.Flag(_body, "stream", "stream") ?? false;
            var includeUsage = stream && AskForUsage();
            var choices = Fields.Positive(_body, "n", "n", MostChoices) ?? 1;
            ChatPrompt.Count(_body, _parts);
            var predicted = _body["prediction"] is null ? 0 : ChatPrompt.Predicted(_body, NewParts(new(_counter, ImageNames)));
            CheckContext("messages");
            var bound = OutputBounds.Set(
                _body, _route, _limits, choices, predicted, Left, _route.OutputField, "max_completion_tokens", "max_tokens");
            return Facts(LargeModelEndpoint.ChatCompletions, bound, stream, includeUsage) with
            {
                Choices = choices,
                JsonText = IsJson(_body["response_format"]),
            };
        }

        public CallFacts Responses()
        {
            var stream = Fields.Flag(_body, "stream", "stream") ?? false;
            ResponsesPrompt.Count(_body, _parts);
            if (Fields.Text(_body, "truncation", "truncation") != "auto")
            {
                CheckContext("input");
            }

            var bound = OutputBounds.Set(_body, _route, _limits, 1, 0, Left, "max_output_tokens", "max_output_tokens");
            // The default is to keep the conversation for 30 days in the account, which all tenants share.
            _body["store"] = false;
            return Facts(LargeModelEndpoint.Responses, bound, stream, includeUsage: stream) with
            {
                JsonText = _body["text"] is JsonObject text && IsJson(text["format"]),
            };
        }

        public CallFacts Embeddings()
        {
            InputTexts.CountEmbeddings(_body["input"], _parts, _route.ContextTokens, certain: !_counter.CountsBytes);
            return Facts(LargeModelEndpoint.Embeddings, 0, false, false) with
            {
                PromptTokens = _tally.Likely,
                PromptBound = _tally.Bound,
            };
        }

        public CallFacts Moderations()
        {
            InputTexts.CountModerations(_body["input"], _parts);
            return Facts(LargeModelEndpoint.Moderations, 0, false, false) with
            {
                PromptTokens = _tally.Likely,
                PromptBound = _tally.Bound,
            };
        }

        private long Left => _route.ContextTokens
            - (_counter.CountsBytes ? _tally.Context / UsualBytesPerToken : _tally.Context + (_tally.Context / 20) + 16);

        private static bool IsJson(JsonNode? format) =>
            format is JsonObject whole && whole["type"].TryString(out var type) && type is "json_schema" or "json_object";

        private CallFacts Facts(LargeModelEndpoint endpoint, long outputBound, bool stream, bool includeUsage)
        {
            // What is billed for images beyond their place in the context is not bounded by the context.
            var beyond = _tally.Tokens - _tally.Context;
            var most = _route.ContextTokens + beyond;
            var tokens = Math.Min(_tally.Likely, most);
            return new()
            {
                Endpoint = endpoint,
                Stream = stream,
                IncludeUsage = includeUsage,
                PromptTokens = tokens,
                PromptBound = _tally.Unmeasured ? most : Math.Min(_tally.Bound, most),
                OutputBound = outputBound,
            };
        }

        private void CheckContext(string param)
        {
            var tokens = _counter.CountsBytes ? _tally.Context / MostBytesPerToken : _tally.Context;
            if (_tally.Unmeasured || tokens < _route.ContextTokens)
            {
                return;
            }

            throw Fields.Refused(
                "context_length_exceeded",
                $"The prompt has {(_counter.CountsBytes ? "at least " : "")}{tokens} tokens; "
                    + $"the context of '{_route.Model}' has {_route.ContextTokens} for prompt and output.",
                param);
        }

        private bool AskForUsage()
        {
            var options = _body["stream_options"] is { } found ? Fields.Object(found, "stream_options") : [];
            var asked = Fields.Flag(options, "include_usage", "stream_options.include_usage") ?? false;
            options["include_usage"] = true;
            _body["stream_options"] ??= options;
            return asked;
        }
    }
}
