using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads a provider's stream of server-sent events.</summary>
public static class StreamReading
{
    /// <summary>Maximum bytes of an event.</summary>
    internal const int MaxEventBytes = 1 << 20;

    /// <summary>Maximum bytes of an event of <c>/v1/responses</c>. Its first and last events repeat the whole request.</summary>
    internal const int MaxResponseEventBytes = 8 << 20;

    /// <summary>
    /// Returns the events. The enumeration ends when the provider has ended the answer, or after a piece with an
    /// <see cref="StreamPiece.Error"/>. It holds one event at a time.
    /// </summary>
    /// <remarks>
    /// <see cref="StreamPiece.Ends"/> is set from the event with which the last choice ends. Events can follow it, for example the usage of
    /// a chat completion. A usage chunk that the caller did not ask for has no <see cref="StreamPiece.Data"/>. Data has no line breaks.
    /// </remarks>
    /// <param name="endpoint">The call.</param>
    /// <param name="facts">The checked call.</param>
    /// <param name="body">The provider's body.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="IOException">
    /// The provider broke off before the answer's end, an event is too long, or an event is not JSON.
    /// </exception>
    public static async IAsyncEnumerable<StreamPiece> ReadAsync(
        LargeModelEndpoint endpoint, CallFacts facts, Stream body, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var state = new State(endpoint, facts);
        var limit = endpoint == LargeModelEndpoint.Responses ? MaxResponseEventBytes : MaxEventBytes;
        await foreach (var item in SseParser.Create(new EventLimit(body, limit), state.Parse).EnumerateAsync(cancellation))
        {
            if (item.Data is not { } piece)
            {
                if (state.IsDone)
                {
                    yield break;
                }

                continue;
            }

            yield return piece;
            if (state.IsDone)
            {
                yield break;
            }
        }

        if (!state.IsComplete)
        {
            throw new IOException("The provider's stream ended before the answer did.");
        }
    }

    private sealed class State(LargeModelEndpoint endpoint, CallFacts facts)
    {
        private readonly EventFields _fields = new();
        private readonly HashSet<int> _open = [];
        private readonly HashSet<int> _ended = [];
        private bool _hasText;

        /// <summary>Whether nothing that matters can follow.</summary>
        public bool IsDone { get; private set; }

        /// <summary>Whether the answer is whole if the stream ends here.</summary>
        public bool IsComplete => IsDone || (_ended.Count > 0 && _open.Count == 0);

        // The result is null for an event without data, and for the one that ends a stream.
        public StreamPiece? Parse(string eventType, ReadOnlySpan<byte> data)
        {
            if (data.Trim(" \t\r\n"u8) is var trimmed && trimmed.SequenceEqual("[DONE]"u8))
            {
                IsDone = true;
            }

            if (trimmed.IsEmpty || IsDone)
            {
                return null;
            }

            try
            {
                _fields.Read(endpoint, eventType, data);
            }
            catch (JsonException e)
            {
                throw new IOException("An event of the provider is not valid JSON.", e);
            }

            var ends = End();
            var text = _fields.Text;
            // Some servers send the whole answer with the last event only.
            if (text.Length == 0 && ends && !_hasText)
            {
                text = WholeText(data);
            }

            _hasText |= text.Length > 0;
            IsDone |= _fields.Error is not null;
            var isHidden = endpoint == LargeModelEndpoint.ChatCompletions && _fields.HasUsage && !_fields.HasChoices && !facts.IncludeUsage;
            return new()
            {
                Data = isHidden && _fields.Error is null ? ReadOnlyMemory<byte>.Empty : OneLine(data),
                EventType = eventType == SseParser.EventTypeDefault ? null : eventType,
                Text = text,
                Usage = _fields.Usage,
                Error = _fields.Error,
                Ends = ends,
            };
        }

        // Data of several lines comes joined. Between JSON's tokens a space does the same as a new line, and keeps the event one line.
        private static byte[] OneLine(ReadOnlySpan<byte> data)
        {
            var line = data.ToArray();
            line.AsSpan().Replace((byte)'\n', (byte)' ');
            return line;
        }

        private bool End()
        {
            if (endpoint == LargeModelEndpoint.ChatCompletions)
            {
                foreach (var (index, ends) in _fields.Choices)
                {
                    if (ends)
                    {
                        _open.Remove(index);
                        _ended.Add(index);
                    }
                    else if (!_ended.Contains(index))
                    {
                        _open.Add(index);
                    }
                }

                return _open.Count == 0 && _ended.Count >= facts.Choices;
            }

            IsDone |= _fields.Type is "response.completed" or "response.incomplete" or "response.failed" or "response.cancelled"
                or "transcript.text.done";
            return IsDone;
        }

        private string WholeText(ReadOnlySpan<byte> data)
        {
            if (endpoint == LargeModelEndpoint.ChatCompletions)
            {
                return "";
            }

            using var document = JsonDocument.Parse(data.ToArray(), new JsonDocumentOptions { MaxDepth = 128 });
            var answer = _fields.HasResponse ? document.RootElement.GetProperty("response") : document.RootElement;
            return Answers.TextOf(endpoint, answer);
        }
    }
}
