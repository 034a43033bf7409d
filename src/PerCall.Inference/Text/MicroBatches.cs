namespace PerCall.Inference.Text;

/// <summary>
/// The texts of a call in runs of similar length: a run's tensors are as long as its longest text, and what shorter ones are filled up with
/// is work for nothing.
/// </summary>
internal static class MicroBatches
{
    /// <summary>Texts of one run.</summary>
    public const int MaxRows = 32;

    /// <summary>
    /// Places of one run's tensors; a longer text runs by itself. A processor is quickest where what a run computes with stays in its
    /// cache: measured on the two LSTMs that come with PerCall, 512 to 1,024 places are 1.4 to 4 times as quick as 16,384
    /// (docs/decisions/0004).
    /// </summary>
    public const int MaxPlaces = 768;

    /// <summary>The indexes of the texts, run by run, shortest first.</summary>
    /// <param name="lengths">Tokens of each text.</param>
    /// <param name="maxRows">Texts that one run may have.</param>
    public static IEnumerable<int[]> Plan(IReadOnlyList<int> lengths, int maxRows)
    {
        var order = Enumerable.Range(0, lengths.Count).OrderBy(i => lengths[i]).ToArray();
        var from = 0;
        for (var i = 1; i <= order.Length; i++)
        {
            if (i == order.Length || i - from == maxRows || (long)lengths[order[i]] * (i - from + 1) > MaxPlaces)
            {
                yield return order[from..i];
                from = i;
            }
        }
    }
}
