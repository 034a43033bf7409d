namespace PerCall.Bench.Accuracy;

/// <summary>How often each class was taken for each.</summary>
internal sealed class ConfusionMatrix(IReadOnlyList<string> labels)
{
    private readonly int[,] _counts = new int[labels.Count, labels.Count];

    public IReadOnlyList<string> Labels => labels;

    public int Total => _counts.Cast<int>().Sum();

    public double Accuracy => (double)Enumerable.Range(0, labels.Count).Sum(c => _counts[c, c]) / Total;

    public int this[int actual, int predicted] => _counts[actual, predicted];

    public double Recall(int c) => (double)_counts[c, c] / Enumerable.Range(0, labels.Count).Sum(p => _counts[c, p]);

    public double Precision(int c) => (double)_counts[c, c] / Enumerable.Range(0, labels.Count).Sum(a => _counts[a, c]);

    public void Add(int actual, int predicted) => Interlocked.Increment(ref _counts[actual, predicted]);
}
