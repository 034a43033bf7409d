using System.Text.Json;
using PerCall.Bench.Running;
using PerCall.Testing.Batches;

namespace PerCall.Bench.Batches;

/// <summary>Trials are long; what one has found is kept, so that a later run can go on where one was ended.</summary>
internal sealed class KeptTrials
{
    private static readonly string Path = System.IO.Path.Combine(BenchFiles.Cache, "batch-kill.jsonl");

    private readonly List<BatchKillResult> _results;

    private KeptTrials(List<BatchKillResult> results) => _results = results;

    public IReadOnlyList<BatchKillResult> Results => _results;

    /// <summary>Forgets earlier runs.</summary>
    public static KeptTrials Begin()
    {
        Directory.CreateDirectory(BenchFiles.Cache);
        File.Delete(Path);
        return new([]);
    }

    public static KeptTrials Read() =>
        new(File.Exists(Path) ? [.. File.ReadLines(Path).Select(l => JsonSerializer.Deserialize<BatchKillResult>(l)!)] : []);

    public void Add(BatchKillResult result)
    {
        _results.Add(result);
        File.AppendAllText(Path, JsonSerializer.Serialize(result) + "\n");
    }
}
