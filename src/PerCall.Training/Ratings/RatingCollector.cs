using System.Globalization;

namespace PerCall.Training.Ratings;

/// <summary>Collects rows into a set, and records the errors of each row.</summary>
internal sealed class RatingCollector(RatingScale? scale, RatingFaults faults)
{
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _items = new(StringComparer.Ordinal);
    private readonly Dictionary<(int User, int Item), int> _places = [];
    private readonly List<int> _userOf = [];
    private readonly List<int> _itemOf = [];
    private readonly List<float> _values = [];
    private readonly List<long> _times = [];
    private RatingRow? _first;

    /// <summary>Number of ratings that replaced an earlier one.</summary>
    public int Duplicates { get; private set; }

    public void Add(RatingRow row)
    {
        _first ??= row;
        var before = faults.Count;
        CheckId(row.Line, "user", row.User);
        CheckId(row.Line, "item", row.Item);
        var rating = row.Rating is null ? 1 : Rating(row.Line, row.Rating);
        var time = row.Time is null ? 0 : Time(row.Line, row.Time);
        CheckPresence(row.Line, "rating", _first.Value.Rating, row.Rating);
        CheckPresence(row.Line, "timestamp", _first.Value.Time, row.Time);
        // After an error nothing will be trained; the remaining rows are read only for their errors.
        if (faults.Count == 0 && faults.Count == before)
        {
            Put(Index(_users, row.User), Index(_items, row.Item), rating, time);
        }
    }

    /// <exception cref="TrainingException">There are too few ratings to train on.</exception>
    public RatingSet ToSet(string file)
    {
        if (_users.Count < 2 || _items.Count < 2)
        {
            throw new TrainingException(
                $"{file} has {_users.Count} user(s), {_items.Count} item(s) and {_values.Count} rating(s); "
                    + "required: at least 2 users and 2 items.");
        }

        return new()
        {
            Users = [.. _users.Keys],
            Items = [.. _items.Keys],
            UserOf = [.. _userOf],
            ItemOf = [.. _itemOf],
            Values = [.. _values],
            Times = _first!.Value.Time is null ? null : [.. _times],
            Scale = scale ?? new(_values.Min(), _values.Max()),
        };
    }

    private static int Index(Dictionary<string, int> indices, string id)
    {
        if (!indices.TryGetValue(id, out var index))
        {
            index = indices.Count;
            indices.Add(id, index);
        }

        return index;
    }

    private void Put(int user, int item, float rating, long time)
    {
        if (_places.TryGetValue((user, item), out var place))
        {
            Duplicates++;
            (_values[place], _times[place]) = (rating, time);
            return;
        }

        _places.Add((user, item), _values.Count);
        _userOf.Add(user);
        _itemOf.Add(item);
        _values.Add(rating);
        _times.Add(time);
    }

    private void CheckId(long line, string name, string id)
    {
        if (id.Length == 0)
        {
            faults.Add(line, $"{name} is missing or empty; expected an id.");
        }
        else if (id.Contains('\uFFFD'))
        {
            faults.Add(line, $"{name} {RatingFaults.Show(id)} is not valid UTF-8.");
        }
    }

    private void CheckPresence(long line, string name, string? first, string? value)
    {
        if (first is null != value is null)
        {
            faults.Add(
                line,
                $"{name} is {(value is null ? "missing" : "present")}, unlike in line {_first!.Value.Line}; "
                    + "give it in all lines or in none.");
        }
    }

    private float Rating(long line, string text)
    {
        if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rating) || !float.IsFinite(rating))
        {
            faults.Add(line, $"rating {RatingFaults.Show(text)} is not a finite number.");
        }
        else if (scale is { } range && !range.Holds(rating))
        {
            faults.Add(
                line,
                string.Create(CultureInfo.InvariantCulture, $"rating {rating} is out of range; allowed: {range.Min} to {range.Max}."));
        }

        return rating;
    }

    private long Time(long line, string text)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time))
        {
            faults.Add(line, $"timestamp {RatingFaults.Show(text)} is not a whole number; expected seconds or milliseconds since 1970.");
        }

        return time;
    }
}
