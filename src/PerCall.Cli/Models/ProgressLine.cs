namespace PerCall.Cli.Models;

/// <summary>
/// Shows how far a step is, in one line of a terminal. Elsewhere it writes a line for each tenth, so that a log stays short.
/// </summary>
/// <param name="output">Where to write.</param>
/// <param name="what">What is done, for example <c>Sent</c>.</param>
internal sealed class ProgressLine(TextWriter output, string what)
{
    private int _shown = -1;

    /// <summary>Shows a share of bytes.</summary>
    public void Show(long bytes, long total)
    {
        var percent = total == 0 ? 100 : (int)(100 * bytes / total);
        percent = Console.IsOutputRedirected ? percent / 10 * 10 : percent;
        if (percent == _shown)
        {
            return;
        }

        _shown = percent;
        var line = $"{what} {percent} % of {total / 1e6:N1} MB";
        if (Console.IsOutputRedirected)
        {
            output.WriteLine(line);
        }
        else
        {
            output.Write($"\r{line}{(percent == 100 ? Environment.NewLine : "")}");
        }
    }
}
