using System.Text.RegularExpressions;

namespace PerCall.Functions.Tests.Layers;

/// <summary>
/// The Mermaid diagram of layers in docs/architecture.md. A subgraph is a layer, the highest first.
/// Within it a line names a slice, or draws an arrow between two slices of the layer.
/// </summary>
internal sealed partial class LayerDiagram
{
    private readonly Dictionary<string, int> _layers = new(StringComparer.Ordinal);
    private readonly HashSet<(string From, string To)> _arrows = [];

    public IReadOnlyCollection<string> Slices => _layers.Keys;

    /// <summary>Dependencies within a layer.</summary>
    public IReadOnlyCollection<(string From, string To)> Arrows => _arrows;

    /// <param name="page">The page's text, with one Mermaid diagram.</param>
    public static LayerDiagram Parse(string page)
    {
        var diagram = new LayerDiagram();
        var layer = 0;
        var isInside = false;
        foreach (var line in Block().Match(page).Groups[1].Value.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("subgraph ", StringComparison.Ordinal))
            {
                (isInside, layer) = (true, layer + 1);
            }
            else if (line == "end")
            {
                isInside = false;
            }
            else if (isInside && line.Length > 0 && !line.StartsWith("direction ", StringComparison.Ordinal))
            {
                diagram.Add(line.Split(" --> "), layer);
            }
        }

        return diagram;
    }

    /// <summary>Whether one slice may depend on another: from a layer to a lower one, or along an arrow.</summary>
    public bool Allows(string from, string to) => _layers[from] < _layers[to] || _arrows.Contains((from, to));

    private void Add(string[] slices, int layer)
    {
        foreach (var slice in slices)
        {
            if (!_layers.TryAdd(slice, layer) && _layers[slice] != layer)
            {
                throw new FormatException($"The diagram has {slice} in two layers.");
            }
        }

        for (var i = 1; i < slices.Length; i++)
        {
            _arrows.Add((slices[i - 1], slices[i]));
        }
    }

    [GeneratedRegex("```mermaid\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
