namespace PerCall.StandIn.Answers;

/// <summary>Joins JSON that is written over several lines in the source.</summary>
internal static class OneLine
{
    public static string Joined(this string json) => json.Replace("\n", "", StringComparison.Ordinal);
}
