using System.Text;
using System.Text.Json;

namespace PerCall.Inference.Recommend;

/// <summary>
/// The lines of a JSON Lines file. The reader is hand-written for speed, because a package of 100,000 items is loaded while a caller waits.
/// </summary>
internal sealed class JsonLines
{
    private readonly string _name;
    private readonly byte[] _bytes;
    private readonly List<int> _ends = [];
    private readonly int _start;

    private JsonLines(string name, byte[] bytes)
    {
        (_name, _bytes) = (name, bytes);
        _start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        for (var from = _start; from < bytes.Length;)
        {
            var length = bytes.AsSpan(from).IndexOf((byte)'\n');
            var end = length < 0 ? bytes.Length : from + length;
            _ends.Add(end);
            from = end + 1;
        }
    }

    public delegate T LineReader<out T>(ref Utf8JsonReader json);

    public ReadOnlySpan<byte> this[int line] => _bytes.AsSpan((line == 0 ? _start : _ends[line - 1] + 1).._ends[line]);

    public static JsonLines Read(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path));

    /// <summary>Reads strings, one per line.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message names file and line.</exception>
    public static string[] Strings(string path) => Read(path).Select(static (ref Utf8JsonReader json) => String(ref json, "a line"));

    /// <summary>Reads a value from each line. The reader is at the line's first token, and must be left at its last.</summary>
    /// <inheritdoc cref="Strings" path="/exception"/>
    public T[] Select<T>(LineReader<T> read)
    {
        var values = new T[_ends.Count];
        for (var line = 0; line < values.Length; line++)
        {
            try
            {
                var json = new Utf8JsonReader(this[line]);
                json.Read();
                values[line] = read(ref json);
                Expect(!json.Read(), "there is more text after the value.");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new InvalidDataException($"{_name}, line {line + 1}: {e.Message}", e);
            }
        }

        return values;
    }

    public static string String(ref Utf8JsonReader json, string what) =>
        // The message is created only on an error: this runs once per id.
        json.TokenType == JsonTokenType.String ? json.GetString()! : throw new JsonException($"{what} must be a string.");

    public static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new JsonException(otherwise);
        }
    }
}
