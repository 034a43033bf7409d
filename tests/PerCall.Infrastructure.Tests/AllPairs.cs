namespace PerCall.Infrastructure.Tests;

/// <summary>
/// Rows of one value for each option, in which each two values of different options meet. There are far fewer of them than combinations:
/// a row of twenty options holds 190 pairs. Always the same rows for the same options.
/// </summary>
internal sealed class AllPairs
{
    private readonly string[][] _options;
    private readonly string[][] _impossible;
    private readonly HashSet<(int Option, int Value, int Other, int OtherValue)> _open = [];
    private readonly List<string[]> _rows = [];
    private readonly List<(string, string)> _never = [];

    /// <param name="options">The values of each option. Empty: the default.</param>
    /// <param name="impossible">Values that cannot be in a row together.</param>
    public AllPairs(string[][] options, string[][] impossible)
    {
        (_options, _impossible) = (options, impossible);
        for (var option = 0; option < options.Length; option++)
        {
            for (var other = option + 1; other < options.Length; other++)
            {
                _open.UnionWith(
                    from value in Enumerable.Range(0, options[option].Length)
                    from otherValue in Enumerable.Range(0, options[other].Length)
                    select (option, value, other, otherValue));
            }
        }

        while (_open.Count > 0)
        {
            AddRow(_open.Min());
        }
    }

    public IReadOnlyList<string[]> Rows => _rows;

    /// <summary>Pairs that no row can have.</summary>
    public IReadOnlyList<(string, string)> Never => _never;

    private void AddRow((int Option, int Value, int Other, int OtherValue) pair)
    {
        var row = new int?[_options.Length];
        (row[pair.Option], row[pair.Other]) = (pair.Value, pair.OtherValue);
        if (!Complete(row, 0))
        {
            _open.Remove(pair);
            _never.Add((_options[pair.Option][pair.Value], _options[pair.Other][pair.OtherValue]));
            return;
        }

        _rows.Add([.. row.Select((value, option) => _options[option][value!.Value])]);
        _open.RemoveWhere(p => row[p.Option] == p.Value && row[p.Other] == p.OtherValue);
    }

    private bool Complete(int?[] row, int option)
    {
        if (!IsPossible(row))
        {
            return false;
        }

        if (option == row.Length)
        {
            return true;
        }

        if (row[option] is not null)
        {
            return Complete(row, option + 1);
        }

        foreach (var value in Enumerable.Range(0, _options[option].Length).OrderByDescending(v => Gain(row, option, v)))
        {
            row[option] = value;
            if (Complete(row, option + 1))
            {
                return true;
            }
        }

        row[option] = null;
        return false;
    }

    /// <summary>The number of pairs that a value would add to a row.</summary>
    private int Gain(int?[] row, int option, int value) => Enumerable.Range(0, row.Length).Count(other =>
        row[other] is { } chosen && other != option
        && _open.Contains(other < option ? (other, chosen, option, value) : (option, value, other, chosen)));

    private bool IsPossible(int?[] row) => !_impossible.Any(
        values => values.All(v => row.Where((chosen, option) => chosen is { } c && _options[option][c] == v).Any()));
}
