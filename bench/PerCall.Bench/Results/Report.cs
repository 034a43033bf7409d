using System.Globalization;
using System.Text;
using PerCall.Testing;

namespace PerCall.Bench.Results;

/// <summary>One result as Markdown: the question, its tables, and the machine that answered.</summary>
internal sealed class Report(string title)
{
    private readonly StringBuilder _text = new($"# {title}\n");
    private readonly string _load = Machine.Load();

    public void Paragraph(FormattableString text) => _text.Append('\n').Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>The first column is text, the others are figures.</summary>
    public void Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        _text.Append("\n| ").AppendJoin(" | ", header).Append(" |\n| --- |").Insert(_text.Length, " ---: |", header.Count - 1).Append('\n');
        foreach (var row in rows)
        {
            _text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }
    }

    public async Task WriteAsync(string name, CancellationToken cancellation)
    {
        Table(
            ["on", ""], [.. Machine.Describe(TimeProvider.System).Select(m => new[] { m.Name, m.Value }), ["load average before", _load]]);
        var path = Path.Combine(Repository.Root, "bench", "results", $"{name}.md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, _text.ToString(), cancellation);
        Console.WriteLine(_text);
    }
}
