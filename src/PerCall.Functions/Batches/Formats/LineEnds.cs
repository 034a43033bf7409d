using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The line ends of a file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LineEnds>))]
public enum LineEnds
{
    /// <summary>LF or CRLF.</summary>
    LineFeed,

    /// <summary>CR only, which some spreadsheets still write.</summary>
    CarriageReturn,

    /// <summary>Any of the three. Used only to detect mixed line ends, not to read a file.</summary>
    Any,
}

public static class LineEndsExtensions
{
    /// <summary>Returns the last byte of a line end.</summary>
    public static byte LastByte(this LineEnds ends) => ends == LineEnds.CarriageReturn ? (byte)'\r' : (byte)'\n';
}

/// <summary>Counts the lines in data that arrives in pieces. Counts CRLF as one line end, even if it is split between two pieces.</summary>
public struct LineTally
{
    private bool _afterReturn;

    /// <param name="data">The data that follows the data already counted.</param>
    /// <returns>The number of lines that end in <paramref name="data"/>.</returns>
    public long Add(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return 0;
        }

        var returns = data.Count((byte)'\r');
        var lines = data.Count((byte)'\n') + (returns == 0 ? 0 : returns - data.Count("\r\n"u8));
        var split = _afterReturn && data[0] == (byte)'\n' ? 1 : 0;
        _afterReturn = data[^1] == (byte)'\r';
        return lines - split;
    }
}
