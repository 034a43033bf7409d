using System.Globalization;

namespace PerCall.Cli.Models;

/// <summary>
/// Shows how far a step is, in one line of a terminal. Elsewhere it writes a line for each tenth, so that a log stays short.
/// </summary>
internal sealed class ProgressLine(TextWriter output)
{
    private const int Tenth = 10;

    private (string What, int Percent) _shown;

    /// <summary>Shows a share of bytes.</summary>
    /// <param name="what">What is done, for example <c>packing</c>.</param>
    /// <param name="bytes">The bytes that are done.</param>
    /// <param name="total">All bytes; 0 if they are not known yet.</param>
    public void Show(string what, long bytes, long total)
    {
        var percent = total == 0 ? 0 : (int)(100 * bytes / total);
        percent = Console.IsOutputRedirected ? percent / Tenth * Tenth : percent;
        if ((what, percent) == _shown)
        {
            return;
        }

        _shown = (what, percent);
        var (size, unit) = total < 1_000_000 ? (total / 1e3, "kB") : (total / 1e6, "MB");
        var line = string.Create(CultureInfo.InvariantCulture, $"{what}: {percent} % of {size:N1} {unit}");
        if (Console.IsOutputRedirected)
        {
            output.WriteLine(line);
        }
        else
        {
            // What an earlier line had behind the end is overwritten.
            output.Write($"\r{line}    {(percent == 100 ? Environment.NewLine : "")}");
        }
    }
}
