using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The line ends that a file uses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LineEnds>))]
public enum LineEnds
{
    /// <summary>LF, or CRLF.</summary>
    LineFeed,

    /// <summary>CR alone, as some spreadsheets still write.</summary>
    CarriageReturn,

    /// <summary>Any of the three. No file is read so; it is how mixed line ends are found.</summary>
    Any,
}

public static class LineEndsExtensions
{
    /// <summary>The byte that ends a line.</summary>
    public static byte LastByte(this LineEnds ends) => ends == LineEnds.CarriageReturn ? (byte)'\r' : (byte)'\n';
}

/// <summary>Counts lines in data that come in pieces. CRLF is one line end, also where the pieces meet in it.</summary>
public struct LineTally
{
    private bool _afterReturn;

    /// <param name="data">What follows on what was counted before.</param>
    /// <returns>Lines that end in it.</returns>
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
