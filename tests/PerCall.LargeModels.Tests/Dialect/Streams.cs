using System.Text;
using PerCall.LargeModels.Dialect;

namespace PerCall.LargeModels.Tests.Dialect;

/// <summary>Reads streams of tests.</summary>
internal static class Streams
{
    public static CallFacts Facts(LargeModelEndpoint endpoint, bool includeUsage = true, int choices = 1) => new()
    {
        Endpoint = endpoint,
        Stream = true,
        IncludeUsage = includeUsage,
        PromptTokens = 10,
        PromptBound = 20,
        OutputBound = 100,
        Choices = choices,
    };

    /// <summary>A stream of events with the data lines given.</summary>
    public static string Events(params string[] data) => string.Concat(data.Select(d => $"data: {d}\n\n"));

    public static async Task<(List<StreamPiece> Pieces, IOException? Broken)> ReadAsync(CallFacts facts, Stream body)
    {
        var pieces = new List<StreamPiece>();
        try
        {
            await foreach (var piece in StreamReading.ReadAsync(facts.Endpoint, facts, body, CancellationToken.None))
            {
                pieces.Add(piece);
            }
        }
        catch (IOException e)
        {
            return (pieces, e);
        }

        return (pieces, null);
    }

    public static Task<(List<StreamPiece> Pieces, IOException? Broken)> ReadAsync(CallFacts facts, string body, int chunk = int.MaxValue) =>
        ReadAsync(facts, new ChunkedStream(Encoding.UTF8.GetBytes(body), () => chunk));

    public static string TextOf(StreamPiece piece) => Encoding.UTF8.GetString(piece.Data.Span);

    /// <summary>Gives its bytes in chunks of the lengths that a function returns.</summary>
    public sealed class ChunkedStream(byte[] bytes, Func<int> next) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, next())], cancellationToken);
    }
}
