using System.Text;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Batches.Shards;

/// <summary>
/// Scores as another does, but ends its instance at inputs that hold a mark: from then on nothing of the instance reaches storage.
/// </summary>
internal sealed class FatalScorer(ITaskScorer inner, StorageFaults faults) : ITaskScorer
{
    public const string Mark = "ends its process";

    private readonly HashSet<TaskInput> _fatal = [];

    public ModelTask Task => inner.Task;

    public string Endpoint => inner.Endpoint;

    public Operation Operation => inner.Operation;

    public int MaxBytes => inner.MaxBytes;

    public IReadOnlyCollection<string> TextMembers => inner.TextMembers;

    public IReadOnlyCollection<string> JsonMembers => inner.JsonMembers;

    public IReadOnlyList<IReadOnlyList<string>> Subjects => inner.Subjects;

    public IReadOnlyList<string> Columns => inner.Columns;

    public string? BareMember => inner.BareMember;

    public TaskInput Read(ReadOnlySpan<byte> json, bool lenient = false)
    {
        var input = inner.Read(json, lenient);
        if (Encoding.UTF8.GetString(json).Contains(Mark, StringComparison.Ordinal))
        {
            _fatal.Add(input);
        }

        return input;
    }

    public Outcome[] Score(LoadedModel model, IReadOnlyList<TaskInput> inputs, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        if (inputs.Any(_fatal.Contains))
        {
            faults.Decide = _ => Fault.BeforeSending;
        }

        return inner.Score(model, inputs, ids, cancellation);
    }
}
