using System.Text;
using System.Text.Json;

namespace PerCall.Testing.Batches;

/// <summary>Rows of text, some of which cannot be scored; what has to become of each is known.</summary>
public sealed class BatchInput
{
    private const int BadEvery = 17;
    private const int BlankEvery = 29;

    private BatchInput(byte[] content, IReadOnlyList<long> good, IReadOnlyList<long> bad) => (Content, Good, Bad) = (content, good, bad);

    /// <summary>JSON Lines.</summary>
    public byte[] Content { get; }

    /// <summary>Lines that are to be delivered, from 1.</summary>
    public IReadOnlyList<long> Good { get; }

    /// <summary>Lines that are to be told as errors.</summary>
    public IReadOnlyList<long> Bad { get; }

    /// <param name="rows">Good ones and bad ones.</param>
    /// <param name="seed">Of the words.</param>
    public static BatchInput Draw(int rows, int seed)
    {
        string[] words = ["invoice", "meeting", "winner", "free", "prize", "tomorrow", "report", "click", "dear", "attached", "offer",
            "regards"];
        var random = new Random(seed);
        var text = new StringBuilder();
        List<long> good = [], bad = [];
        var line = 0L;
        for (var i = 0; i < rows; i++)
        {
            line++;
            if (i % BlankEvery == BlankEvery - 1)
            {
                text.Append('\n');
                line++;
            }

            if (i % BadEvery == BadEvery - 1)
            {
                bad.Add(line);
                text.Append(random.Next(2) == 0 ? "{\"id\": \"cut\", \"inp" : "[1, 2]").Append('\n');
                continue;
            }

            good.Add(line);
            var input = string.Join(' ', Enumerable.Range(0, random.Next(20, 60)).Select(_ => words[random.Next(words.Length)]));
            text.Append(JsonSerializer.Serialize(new { id = $"row-{line}", input })).Append('\n');
        }

        return new(Encoding.UTF8.GetBytes(text.ToString()), good, bad);
    }
}
